import { z } from 'zod';

/** As people write types, and as the server names them. */
const ALIASES: Readonly<Record<string, string>> = {
  smallint: 'int2',
  integer: 'int4',
  int: 'int4',
  bigint: 'int8',
  real: 'float4',
  'double precision': 'float8',
  boolean: 'bool',
  decimal: 'numeric',
  'character varying': 'varchar',
  character: 'bpchar',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
};

/** `schema.name(type, …)`; names as the catalog has them, without quotes. */
const SIGNATURE = /^([^.()",\s]+)\.([^.()",\s]+)\(([^()"]*)\)$/u;

function typeName(written: string): string {
  const name = written.trim().replace(/\s+/gu, ' ');
  const array = name.endsWith('[]');
  const element = array ? name.slice(0, -2) : name;
  return `${array ? '_' : ''}${ALIASES[element] ?? element}`;
}

function typeNames(list: string): string[] {
  return list.trim() === '' ? [] : list.split(',').map(typeName);
}

/** `functions` of a target: whose functions of their own statements may call where columns are protected. */
export function allowedFunctions() {
  const entry = z
    .strictObject({
      function: z
        .string()
        .max(1_000)
        .regex(SIGNATURE, 'must be schema.name(type, …), such as public.slug(text)')
        .refine((value) => !/^(pg_|information_schema\.)/u.test(value), 'must not be of a schema of the server')
        .describe('The function with its schema and the types of its arguments: `public.slug(text)`.'),
      definition: z
        .string()
        .regex(/^sha256:[0-9a-f]{64}$/u, 'must be sha256: and 64 hex digits, as sallyport targets check prints them')
        .describe(
          'Hash of its definition. `sallyport targets check` prints it; write sixty-four zeros first. A function that was changed or made anew has another one, and is refused.',
        ),
      result: z
        .enum(['arguments', 'clean'])
        .prefault('arguments')
        .describe(
          'What it returns: `arguments`, as protected as they are, so it is masked as a whole where one is; `clean`, it tells nothing of them and passes.',
        ),
      total: z
        .boolean()
        .prefault(false)
        .describe(
          'It fails for no value of its arguments and takes no longer for some. Otherwise a call with a protected column counts as `evaluation`.',
        ),
    })
    .transform(({ function: signature, ...rest }) => {
      const [, schema = '', name = '', types = ''] = SIGNATURE.exec(signature) ?? [];
      return { ...rest, schema, name, arguments: typeNames(types) };
    });
  return z
    .array(entry)
    .max(1_000)
    .optional()
    .describe(
      'Functions of your own that statements may call, with their schema before the name, where columns are protected; elsewhere they count as reads. An entry says that the function computes from its arguments alone: it reads no table, changes nothing, and runs no text as SQL. Whatever has its schema and name must be listed. Not SECURITY DEFINER, sets, procedures, aggregates, OUT or VARIADIC arguments, types of your own.',
    );
}

import { z } from 'zod';
import type { References } from './references.js';
import { oraclesSection } from './oracles.section.js';
import { postgresAddress } from './postgres-address.section.js';
import { count, text } from './scalars.js';

/** The databases and clusters behind the gateway and how they are reached. */
export function targetsSection(refs: References) {
  const postgres = postgresAddress(refs);
  const record = z
    .union([z.enum(['none', 'all']), z.strictObject({ first: count(1, 100_000).describe('Rows per result.') })], {
      error: 'must be none, all or { first: NUMBER }',
    })
    .prefault({ first: 50 })
    .meta({ title: '`none`, `all` or `{ first: number }`' })
    .describe('How many masked rows of each result the record keeps.');
  const kubernetes = z
    .strictObject({
      kubeconfig: refs
        .secret('kube-gateway')
        .describe(
          'A kubeconfig (`file:prod.kubeconfig`): server, certificates and the credential no client ever sees.',
        ),
      context: text(253).optional().describe('Its context; the current one when left out.'),
      identity: z
        .enum(['auto', 'impersonate', 'service-account'])
        .prefault('auto')
        .describe(
          'How the cluster sees people: as themselves, impersonated, so that its own RBAC and audit log name them, or all as the credential. `auto` asks the cluster whether the credential may impersonate.',
        ),
      hosts: z
        .array(
          text(253)
            .regex(/^[A-Za-z0-9.-]+$/u, 'must be a host name without a port')
            .meta({ title: 'host name' }),
        )
        .prefault([])
        .describe('Host names that lead to this target without the path prefix `/k8s/NAME`.'),
    })
    .describe('The Kubernetes cluster.');
  const target = z
    .strictObject({
      name: z
        .string()
        .regex(
          /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/u,
          'must begin with a letter or digit and have at most 63 letters, digits, dashes and underscores',
        )
        .meta({ title: 'name' })
        .describe('What clients give as database name, or behind `/k8s/`.'),
      postgres: postgres.optional(),
      kubernetes: kubernetes.optional(),
      credential: z
        .strictObject({
          user: text(63).describe('The role the gateway connects as.'),
          password: refs
            .renewed('postgres-gateway')
            .optional()
            .describe(
              'Its password; left out where the server asks for none. A file is read again for each connection, so that the password can be changed while the gateway runs.',
            ),
          methods: z
            .array(z.enum(['scram-sha-256', 'password', 'md5']))
            .min(1, 'must name at least one way to prove the password')
            .prefault(['scram-sha-256', 'password'])
            .describe(
              'How the password may be proven to the server. `password` sends it as it is, and only over TLS to a server whose certificate was verified. `md5` lets whoever listens guess at it, and lasts a long time in the hands of whoever reads `pg_authid`: it is for servers that cannot do better.',
            ),
        })
        .transform((value) => ({ user: value.user, password: value.password ?? null, methods: value.methods }))
        .optional()
        .describe('The real credential of a database; no client ever sees it.'),
      release: z
        .enum(['durable', 'written'])
        .prefault('durable')
        .describe('When a read may be released: its record is on the disk, or handed to the operating system.'),
      record,
    })
    .superRefine((value, context) => {
      const say = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
      if (value.postgres === undefined && value.kubernetes === undefined)
        say('postgres', 'is missing; a target has either postgres or kubernetes');
      else if (value.postgres !== undefined && value.kubernetes !== undefined)
        say('kubernetes', 'stands beside postgres; a target has one of them, so make it two targets');
      else if (value.postgres !== undefined && value.credential === undefined)
        say('credential', 'is missing; write { user: ROLE, password: env:NAME }');
      else if (value.kubernetes !== undefined && value.credential !== undefined)
        say('credential', 'belongs to a database; the credential of a cluster is in its kubeconfig');
    })
    .transform(({ postgres: database, kubernetes: cluster, credential, ...rest }) =>
      cluster === undefined
        ? // both are there: checked above
          { ...rest, kind: 'postgres' as const, postgres: database!, credential: credential! }
        : { ...rest, kind: 'kubernetes' as const, kubernetes: cluster },
    );
  return z.array(target).prefault([]).describe('The databases and clusters behind the gateway.');
}

/** Where personal data and secrets live. */
export function protectSection() {
  const column = text(512)
    .refine((value) => splitColumn(value).every((part) => part !== '') && splitColumn(value).length === 4, {
      error: 'must have four parts, target.schema.table.column; `*` and `{a,b}` stand for many',
    })
    .meta({ title: 'target.schema.table.column' });
  const keep = z.strictObject({
    keep: z.enum(['domain', 'last4', 'initials', 'year']).describe('The part that stays visible.'),
  });
  const bucket = z.strictObject({
    bucket: z
      .union(
        [
          z.int().min(1),
          z
            .array(z.int())
            .min(1)
            .max(1_000)
            .refine((bounds) => bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]!), {
              error: 'must be a list of ascending whole numbers',
            }),
          z.enum(['day', 'week', 'month', 'quarter', 'year']),
        ],
        { error: 'must be a whole width, a list of ascending whole numbers, or day, week, month, quarter or year' },
      )
      .meta({ title: 'number, list of numbers, `day`, `week`, `month`, `quarter` or `year`' })
      .describe(
        'Numbers become the lower bound of their bucket, by its width (`1000`) or among ascending bounds (`[0, 18, 65]`); dates and times the beginning of their day, week (Monday), month, quarter or year, in UTC. Other types, and values outside, take the constant.',
      ),
  });
  const pseudonym = z.strictObject({
    pseudonym: z.literal('email', { error: 'must be email' }).describe('Texts become addresses that nobody can own.'),
  });
  const choices = [keep, bucket, pseudonym] as const;
  const known =
    'must be null, constant, pseudonym, { pseudonym: email }, { keep: domain | last4 | initials | year } or { bucket: WIDTH | [BOUNDS] | day | week | month | quarter | year }';
  const mask = z
    .union([z.enum(['null', 'constant', 'pseudonym']), z.null(), ...choices], { error: known })
    .prefault('constant')
    // `mask: null` without quotes is YAML's null and means the same
    .transform((value) => value ?? ('null' as const))
    .meta({
      title:
        '`null`, `constant`, `pseudonym`, `{ pseudonym: email }`, `{ keep: domain \\| last4 \\| initials \\| year }` or `{ bucket: … }`',
    })
    .describe(
      "What stands in the place of a value. The constant has the column's type (`****`, 0, false, 2000-01-01, an empty list; NULL for types without one), so that a masked 0 looks like any other; `null` does not. A pseudonym is the same for the same value wherever the class occurs, so that joins and groups still work where it is read; that two values are equal, and how often, is seen. See [masks.md](masks.md).",
    );
  const entry = z
    .strictObject({
      class: text(63).describe('Name of the protected class, as rules and the record use it.'),
      columns: z.array(column).prefault([]).describe('The columns of the class, in databases; globs allowed.'),
      kubernetes: z
        .array(text(512))
        .prefault([])
        .describe(
          'The fields of the class, in clusters: `secrets.data` and `secrets.stringData` (always protected), `configmaps.data.KEY`, `pods.env`, `pods.command`, `pods.args` (of every pod template), `RESOURCE.GROUP/path.to.field` of other kinds; `*` stands for one key, `**` for any depth. Their mask is always a keyed mark.',
        ),
      patterns: z
        .array(text(1_000))
        .prefault([])
        .describe(
          'What the class looks like in texts of clusters (logs, output of commands, messages): regular expressions without look-around and back-references, or `builtin:NAME`.',
        ),
      mask,
      oracles: oraclesSection(),
      writeBack: z
        .enum(['refuse', 'allow'])
        .prefault('refuse')
        .describe(
          'Whether a value that is a mask may be written into a column of the class, in databases: refused, since it would replace the real one. A masked number, date or truth value looks like any other; it is refused in an UPDATE of a column whose masked values the same person was given before.',
        ),
    })
    .refine((value) => value.columns.length + value.kubernetes.length + value.patterns.length > 0, {
      path: ['columns'],
      error: 'is missing; an entry names columns, kubernetes or patterns',
    });
  return z.array(entry).prefault([]).describe('Protected classes and the places where they live.');
}

/** The parts of `target.schema.table.column`; dots inside braces or double quotes separate nothing. */
export function splitColumn(column: string): string[] {
  const parts = [''];
  let braces = 0;
  let quoted = false;
  for (const character of column) {
    if (character === '"') quoted = !quoted;
    else if (character === '{' && !quoted) braces += 1;
    else if (character === '}' && !quoted) braces -= 1;
    if (character === '.' && braces === 0 && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

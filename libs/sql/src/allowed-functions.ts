/**
 * A function of users that the configuration lets statements call where columns are protected: whoever wrote the entry says that it
 * computes from its arguments alone, reads and changes nothing, and calls no function that could be changed without its own definition.
 */
export interface FunctionRule {
  readonly schema: string;
  readonly name: string;
  /** names of types, those of the server as it names them itself (`int4`, `_text`) */
  readonly arguments: readonly string[];
  /** `sha256:` and the hex digest by which the server told its definition, OID included */
  readonly definition: string;
  /** `arguments`: what it returns is as protected as they are; `clean`: it tells nothing of them */
  readonly result: 'arguments' | 'clean';
  /** it fails for no value and takes its time with none */
  readonly total: boolean;
}

/** A function as the catalog has it now: no set, no SECURITY DEFINER, over types of the server only. */
export interface FoundFunction {
  readonly schema: string;
  readonly name: string;
  readonly arguments: readonly string[];
  /** OIDs of the types of its arguments */
  readonly argumentTypes: readonly number[];
  readonly resultType: number;
  readonly definition: string;
  /** how many functions of this schema have its name, whatever their arguments */
  readonly overloads: number;
}

/** A function that may be called by its schema and name. */
export interface AllowedFunction {
  readonly schema: string;
  readonly name: string;
  readonly argumentTypes: readonly number[];
  readonly resultType: number;
  readonly result: 'arguments' | 'clean';
  readonly total: boolean;
}

/** Why an entry allows nothing. `missing`: there is none such; `changed`: it is another now; `overloaded`: another of its name is not allowed. */
interface FunctionProblem {
  /** `public.slug(text)` */
  readonly function: string;
  readonly problem: 'missing' | 'changed' | 'overloaded';
  /** its definition now; null: there is none */
  readonly now: string | null;
}

/** `public.slug(text, int4)` */
function signature({ schema, name, arguments: types }: Pick<FunctionRule, 'schema' | 'name' | 'arguments'>): string {
  return `${schema}.${name}(${types.join(', ')})`;
}

/** By what a statement calls them: names decide, whatever the arguments. */
export function calledName(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

/**
 * The functions that may be called: those whose definition is the one that was allowed, and of whose name every function of the schema
 * is. Which of them the server takes for given arguments then makes no difference.
 */
export function allowFunctions(
  rules: readonly FunctionRule[],
  found: readonly FoundFunction[],
): { readonly allowed: readonly AllowedFunction[]; readonly problems: readonly FunctionProblem[] } {
  const problems: FunctionProblem[] = [];
  const byName = new Map<string, { readonly rule: FunctionRule; readonly is: FoundFunction }[]>();
  const bySignature = new Map(found.map((each) => [signature(each), each]));
  for (const rule of new Map(rules.map((each) => [signature(each), each])).values()) {
    const is = bySignature.get(signature(rule));
    if (is === undefined || is.definition !== rule.definition) {
      const problem = is === undefined ? 'missing' : 'changed';
      problems.push({ function: signature(rule), problem, now: is?.definition ?? null });
      continue;
    }
    const name = calledName(rule.schema, rule.name);
    byName.set(name, [...(byName.get(name) ?? []), { rule, is }]);
  }
  const allowed: AllowedFunction[] = [];
  for (const group of byName.values()) {
    const whole = group.every(({ is }) => is.overloads === group.length);
    for (const { rule, is } of group) {
      const { schema, name, argumentTypes, resultType } = is;
      if (whole) allowed.push({ schema, name, argumentTypes, resultType, result: rule.result, total: rule.total });
      else problems.push({ function: signature(rule), problem: 'overloaded', now: is.definition });
    }
  }
  return { allowed, problems };
}

import type { Finding } from './finding.js';

/** Why an entry of `functions` allows nothing at a target. */
interface AllowsNothing {
  /** `public.slug(text)` */
  readonly function: string;
  readonly problem: 'missing' | 'changed' | 'overloaded';
  /** its definition now; null: there is none */
  readonly now: string | null;
}

/** A function that was to be allowed and is not: statements that call it are refused. */
export function functionProblem(target: string, { function: name, problem, now }: AllowsNothing): Finding {
  const found = { code: `function-${problem}`, severity: 'warning', sql: [] } as const;
  const why = 'statements that call it are refused where columns are protected';
  switch (problem) {
    case 'missing':
      return {
        ...found,
        what: `target ${target} has no function ${name} that can be allowed`,
        why,
        setting:
          'Check the spelling, types as the server names them (int4, _text). It must return one value and take types of the server only, without SECURITY DEFINER, OUT and VARIADIC.',
      };
    case 'changed':
      return {
        ...found,
        what: `function ${name} of target ${target} is not the one that was allowed: its definition is ${now ?? 'gone'}`,
        why,
        setting: `Look at the function; if it computes from its arguments alone, write definition: ${now ?? ''}.`,
      };
    case 'overloaded':
      return {
        ...found,
        what: `target ${target} has another function named like ${name}, with other arguments, that is not allowed`,
        why: 'which of them a call means depends on its arguments, so calls by that name are refused',
        setting: 'Allow all functions of that name and schema, or give one of them another name.',
      };
    default:
      return problem satisfies never;
  }
}

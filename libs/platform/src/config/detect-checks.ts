import type { Finding, Parsed } from './findings.js';
import { splitColumn } from './targets.section.js';

/** What is legal in `detect` and should still be looked at. */
export function detectWarnings({ detect, targets }: Parsed): Finding[] {
  const kinds = new Map(targets.map(({ name, kind }) => [name, kind]));
  return detect.flatMap((entry, index): Finding[] => [
    ...entry.targets.flatMap((target): Finding[] => {
      const path = ['detect', index, 'targets'];
      const kind = kinds.get(target);
      if (kind === 'postgres' || /[*{]/u.test(target)) return [];
      const why = kind === undefined ? 'which does not exist' : 'which is a cluster: use patterns of protect there';
      return [
        { path, message: `detect "${entry.name}" names the target "${target}", ${why}; it looks at nothing there` },
      ];
    }),
    ...entry.except.flatMap((column, position): Finding[] => {
      const [target = ''] = splitColumn(column);
      if (kinds.has(target) || /[*{]/u.test(target)) return [];
      return [
        {
          path: ['detect', index, 'except', position],
          message: `"${column}" names the target "${target}", which does not exist: it leaves nothing alone`,
        },
      ];
    }),
  ]);
}

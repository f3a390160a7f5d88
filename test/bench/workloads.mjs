import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes pgbench's scripts. `accounts`: rows of pgbench_accounts; `rows`: of people and measurements. */
export function writeWorkloads(scratch, { accounts, rows }) {
  const script = (name, text) => {
    const file = join(scratch, `${name}.sql`);
    writeFileSync(file, text);
    return file;
  };
  const select = `\\set aid random(1, ${accounts})\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n`;
  const selectOnly = script('select-only', select);
  return {
    // the same hundred texts again and again
    simple: {
      mode: 'simple',
      script: script('repeated', '\\set aid random(1, 100)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n'),
    },
    // no text twice: nothing that is cached by text helps
    'simple, distinct': {
      mode: 'simple',
      script: script(
        'distinct',
        `\\set aid random(1, ${accounts})\n\\set most random(1000000, 2000000000)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid AND bid < :most;\n`,
      ),
    },
    extended: { mode: 'extended', script: selectOnly },
    prepared: { mode: 'prepared', script: selectOnly },
    'prepared, masked': {
      mode: 'prepared',
      script: script('masked', `\\set id random(1, ${rows})\nSELECT * FROM people WHERE id = :id;\n`),
    },
    'prepared, wide': {
      mode: 'prepared',
      script: script('wide', `\\set id random(1, ${rows})\nSELECT * FROM measurements WHERE id = :id;\n`),
    },
  };
}

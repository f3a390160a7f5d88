import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Script, statement, ways } from './step.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'statements');

/**
 * Reads a file of statements: each begins at the start of a line and goes on in lines that are indented; a line that begins with `--` is a
 * comment, `@b` at the start of a statement names the session that sends it (without: `a`).
 */
export function statementsOf(text: string): { readonly session: string; readonly sql: string }[] {
  const statements: { session: string; sql: string }[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('--')) continue;
    const last = statements.at(-1);
    if (line.startsWith(' ')) {
      if (last === undefined) throw new Error(`a statement begins at the start of a line: ${line}`);
      last.sql += `\n${line}`;
      continue;
    }
    const [, session = 'a', sql = ''] = /^(?:@(\w+) )?(.*)$/.exec(line) ?? [];
    statements.push({ session, sql });
  }
  return statements;
}

/** All files of statements, each in every way, in a schema of its own which the script makes first. */
export function sqlScripts(): Script[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .flatMap((file) =>
      ways.map((way) => {
        const name = `${file.slice(0, -'.sql'.length)}, ${way}`;
        const schema = `s_${name.replace(/\W+/g, '_')}`;
        const before = [`CREATE SCHEMA ${schema}`, `SET search_path = ${schema}`].map((sql) =>
          statement(sql, 'simple'),
        );
        const after = [statement(`DROP SCHEMA ${schema} CASCADE`, 'simple')];
        const steps = statementsOf(readFileSync(join(folder, file), 'utf8')).map(({ session, sql }) =>
          statement(sql, way, session),
        );
        return { name, steps: [...before, ...steps, ...after] };
      }),
    );
}

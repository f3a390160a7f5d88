import { join } from 'node:path';
import { cloneFolder } from './command-line.js';
import type { describeStart } from './described-start.js';
import type { Narrator } from './narrator.js';

/** What a person can do now, ready to copy: one psql line each, the control API, and how to stop. */
export function greet(narrator: Narrator, file: ReturnType<typeof describeStart>): void {
  const token = tokenCommand(file.home);
  const target = file.targets[0];
  narrator.note('');
  if (target !== undefined && file.people.length > 0) {
    narrator.note(narrator.heading('Connect with psql (a person gives their token as the password):'));
    const address = `host=${file.postgres.host} port=${file.postgres.port} dbname=${target.name}`;
    const trust = `sslmode=verify-full${file.ca === null ? '' : ` sslrootcert='${file.ca}'`}`;
    for (const { name, user, agent, roles } of file.people) {
      const who = `--as ${name}${agent === null ? '' : ` --agent ${agent}`}`;
      const note = agent === null ? roles.at(-1) : `through the agent ${agent}`;
      narrator.note(`  # ${name}, ${note}`);
      narrator.note(`  PGPASSWORD="$(${token} ${who})" psql "${address} user=${user} ${trust}"`);
    }
    narrator.note('');
  }
  narrator.note(narrator.heading('Read the record:'));
  const trust = file.ca === null ? '' : ` --cacert '${file.ca}'`;
  const dave = file.people.find(({ roles }) => roles.includes('auditor'));
  const bearer = dave === undefined ? 'TOKEN' : `$(${token} --as ${dave.name})`;
  narrator.note(`  curl -s${trust} -H "Authorization: Bearer ${bearer}" '${file.control.url}/v1/operations?limit=5'`);
  narrator.note('');
  narrator.always(
    `Sallyport is ready: PostgreSQL on ${file.postgres.host}:${file.postgres.port}, control API on ${file.control.url}. Ctrl-C stops.`,
  );
}

function tokenCommand(home: string): string {
  const command = `node '${join(cloneFolder, 'dist', 'apps', 'cli', 'src', 'main.js')}' token`;
  return home === join(cloneFolder, '.sallyport') ? command : `${command} --home '${home}'`;
}

import { join } from 'node:path';
import type { QuickstartFile } from '@app/platform';
import { cloneFolder } from './command-line.js';
import type { Narrator } from './narrator.js';

/** What a person can do now, ready to copy: one psql line each, the control API, and how to stop. */
export function greet(narrator: Narrator, file: QuickstartFile): void {
  const token = tokenCommand(file.home);
  const target = file.targets[0];
  const { host, port } = file.postgres ?? { host: '', port: 0 };
  const control = file.control?.url ?? '';
  narrator.note('');
  if (target !== undefined && file.people.length > 0) {
    narrator.note(narrator.heading('Connect with psql (a person gives their token as the password):'));
    const trust = `sslmode=verify-full sslrootcert='${file.ca}'`;
    const address = `host=${host} port=${port} dbname=${target.name}`;
    for (const { name, user, agent, roles } of file.people) {
      const who = `--as ${name}${agent === null ? '' : ` --agent ${agent}`}`;
      const note = agent === null ? roles.at(-1) : `through the agent ${agent}`;
      narrator.note(`  # ${name}, ${note}`);
      narrator.note(`  PGPASSWORD="$(${token} ${who})" psql "${address} user=${user} ${trust}"`);
    }
    narrator.note('');
  }
  narrator.note(narrator.heading('Read the record:'));
  const dave = file.people.find(({ roles }) => roles.includes('auditor'));
  const bearer = dave === undefined ? 'TOKEN' : `$(${token} --as ${dave.name})`;
  narrator.note(
    `  curl -s --cacert '${file.ca}' -H "Authorization: Bearer ${bearer}" '${control}/v1/operations?limit=5'`,
  );
  narrator.note('');
  narrator.always(`Sallyport is ready: PostgreSQL on ${host}:${port}, control API on ${control}. Ctrl-C stops.`);
}

function tokenCommand(home: string): string {
  const command = `node '${join(cloneFolder, 'dist', 'apps', 'cli', 'src', 'main.js')}' token`;
  return home === join(cloneFolder, '.sallyport') ? command : `${command} --home '${home}'`;
}

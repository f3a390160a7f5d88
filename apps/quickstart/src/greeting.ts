import { join } from 'node:path';
import type { QuickstartFile } from '@app/platform';
import { cloneFolder } from './command-line.js';
import type { Narrator } from './narrator.js';

/** What a person can do now, ready to copy: psql, kubectl, who there is, the record, the logs, and how to stop. */
export function greet(narrator: Narrator, file: QuickstartFile): void {
  const cli = `node '${join(cloneFolder, 'dist', 'apps', 'cli', 'src', 'main.js')}'`;
  const at = file.home === join(cloneFolder, '.sallyport') ? '' : ` --home '${file.home}'`;
  const target = file.targets.find(({ kind }) => kind === 'postgres');
  const clusters = file.targets.filter(({ kind }) => kind === 'kubernetes');
  const { host, port } = file.postgres ?? { host: '', port: 0 };
  const control = file.control?.url ?? '';
  narrator.note('');
  const [first] = file.people;
  if (target !== undefined && first !== undefined) {
    narrator.note(narrator.heading("Connect with psql; a person's token is their password:"));
    narrator.note(`  PGPASSWORD="$(${cli} token${at} --as ${first.name})" \\`);
    narrator.note(
      `  psql "host=${host} port=${port} dbname=${target.name} user=${first.user} sslmode=verify-full sslrootcert='${file.ca}'"`,
    );
    narrator.note('');
  }
  if (clusters.length > 0 && first !== undefined) {
    narrator.note(narrator.heading('Use kubectl as one of these:'));
    for (const { kubeconfig } of file.people)
      if (kubeconfig !== null) narrator.note(`  kubectl --kubeconfig '${kubeconfig}' get pods --all-namespaces`);
    if (clusters.length > 1) narrator.note(`  clusters, by --context: ${clusters.map(({ name }) => name).join(', ')}`);
    narrator.note('');
  }
  if (first !== undefined) {
    narrator.note(narrator.heading('Who there is:'));
    if (file.targets.length > 1) narrator.note(`  targets: ${file.targets.map(({ name }) => name).join(', ')}`);
    narrator.note(
      `  people: ${file.people
        .filter(({ agent }) => agent === null)
        .map(introduce)
        .join(', ')}`,
    );
    narrator.note('  token --agent NAME acts through an agent; token --help tells the rest');
    narrator.note('');
  }
  const reviewer = file.people.find(({ roles, agent }) => agent === null && roles.includes('reviewer'));
  if (reviewer !== undefined) {
    narrator.note(narrator.heading(`Decide about what a rule holds, as ${reviewer.name}:`));
    narrator.note(`  ${cli} approvals watch${at} --as ${reviewer.name}`);
    narrator.note(`  ${cli} approvals approve ID${at} --as ${reviewer.name}`);
    narrator.note('');
  }
  narrator.note(narrator.heading('Read the record:'));
  const reader = file.people.find(({ roles }) => roles.includes('auditor')) ?? first;
  if (reader !== undefined) narrator.note(`  ${cli} operations${at} --as ${reader.name}`);
  const bearer = reader === undefined ? 'TOKEN' : `$(${cli} token${at} --as ${reader.name})`;
  narrator.note(
    `  curl -s --cacert '${file.ca}' -H "Authorization: Bearer ${bearer}" '${control}/v1/operations?limit=5'`,
  );
  narrator.note('');
  narrator.note(`Logs, with the reason of each refused login: ${join(file.home, 'log')}`);
  const kubernetes = file.kubernetes === null ? '' : ` Kubernetes on ${file.kubernetes.url},`;
  narrator.always(
    `Sallyport is ready: PostgreSQL on ${host}:${port},${kubernetes} control API on ${control}. Ctrl-C stops.`,
  );
}

/** Name, groups and roles; that everyone may ask is no news. */
function introduce({ name, groups, roles }: QuickstartFile['people'][number]): string {
  return `${name} (${[...groups, ...roles.filter((role) => role !== 'requester')].join(', ')})`;
}

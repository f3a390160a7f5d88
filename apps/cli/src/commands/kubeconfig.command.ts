import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientKubeconfig, type ClientKubeconfig, type ClientUser } from '@app/targets';
import { stringify } from 'yaml';
import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, type ConnectionValues, ControlApiClient } from '../control-api.client.js';
import { type CredentialValues, obtainCredential } from '../credential.js';
import { cloneFolder, homeFolder, pathFrom } from '../home.js';
import { askIssuer } from '../issuer-token.js';
import { mergeKubeconfig } from '../merge-kubeconfig.js';
import { writePrivate } from '../private-file.js';

const names = {
  texts: [
    ...connectionNames.texts,
    'agent',
    'purpose',
    'ttl',
    'token-file',
    'namespace',
    'server',
    'merge',
    'output',
  ] as const,
  flags: [...connectionNames.flags, 'token'] as const,
};

export const kubeconfigCommand: Command = {
  name: 'kubeconfig',
  summary: 'print a kubeconfig for a cluster behind the gateway',
  help: `Prints a kubeconfig for a target that is a cluster. It holds no secret: clients run "sallyport credential kubernetes" for a token.

  sallyport kubeconfig TARGET [options]

  --namespace NS    namespace of the context
  --merge FILE      add it to FILE, whose current context stays (use kubectl --context)
  --output FILE     write it to FILE, readable by its owner only
  --token           put a token into it, for programs that run no command
  --ttl TIME        how long tokens live                  (default 1h; with --token 12h)
  --agent AGENT     acting through this agent
  --purpose CODE    for this purpose
  --token-file FILE clients read their token from this file
  --server URL      where clients reach the gateway       (default: as the control API says)
${connectionHelp.replace('the answer as JSON', 'the kubeconfig as JSON')}
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments('kubeconfig', args, names, { min: 1, max: 1, what: "the target's name" });
    const [target = ''] = words;
    if (values.merge !== undefined && values.output !== undefined)
      throw new CliError('--merge and --output exclude each other', 2);
    const client = ControlApiClient.connect(await withToken(values, surroundings), surroundings);
    const { server, ca } = clusterOf(await client.get(`/v1/targets/${encodeURIComponent(target)}/kubeconfig`));
    const person = [values.as, values.agent].filter((part) => part !== undefined);
    const kubeconfig = clientKubeconfig(
      [
        {
          name: ['sallyport', target, ...person].join('-'),
          server: values.server ?? server,
          ca: ca ?? client.authority,
          namespace: values.namespace ?? null,
        },
      ],
      ['sallyport', target, ...person].join('-'),
      await userOf(values, surroundings),
    );
    write(kubeconfig, values, surroundings);
    return 0;
  },
};

/** A token file is as good to the control API as to the gateway. */
async function withToken(
  values: Omit<ConnectionValues, 'bearer'> & CredentialValues,
  surroundings: Surroundings,
): Promise<ConnectionValues> {
  if (values.as !== undefined || values['token-file'] === undefined) return values;
  const { token } = await obtainCredential(values, surroundings, askIssuer, Date.now());
  return { ...values, bearer: token };
}

async function userOf(
  values: CredentialValues & { readonly token?: boolean },
  surroundings: Surroundings,
): Promise<ClientUser> {
  if (values.token) {
    const { token } = await obtainCredential(
      { ...values, ttl: values.ttl ?? '12h' },
      surroundings,
      askIssuer,
      Date.now(),
    );
    return { token };
  }
  const given = (['as', 'agent', 'purpose', 'ttl'] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, values[name]],
  );
  const home = values.as === undefined ? [] : ['--home', homeFolder(values.home, surroundings)];
  const file = values['token-file'] === undefined ? [] : ['--token-file', pathFrom(values['token-file'], surroundings)];
  const main = join(cloneFolder, 'dist', 'apps', 'cli', 'src', 'main.js');
  return { command: process.execPath, args: [main, 'credential', 'kubernetes', ...home, ...given, ...file] };
}

/** Where the control API says the cluster is. */
function clusterOf(answer: unknown): { readonly server: string; readonly ca: string | null } {
  const cluster = (answer as Partial<ClientKubeconfig> | null)?.clusters?.[0]?.cluster;
  const server = cluster?.['server'];
  const ca = cluster?.['certificate-authority-data'];
  if (typeof server !== 'string') throw new CliError('the control API answered something else than a kubeconfig');
  return { server, ca: typeof ca === 'string' ? Buffer.from(ca, 'base64').toString('utf8') : null };
}

function write(
  kubeconfig: ClientKubeconfig,
  values: { readonly merge?: string; readonly output?: string; readonly json?: boolean },
  surroundings: Surroundings,
): void {
  const text = values.json ? `${JSON.stringify(kubeconfig, null, 2)}\n` : stringify(kubeconfig, { lineWidth: 0 });
  const given = values.merge ?? values.output;
  if (given === undefined) {
    surroundings.out(text);
    return;
  }
  const file = pathFrom(given, surroundings);
  const existing = existsSync(file) ? readFileSync(file, 'utf8') : null;
  try {
    writePrivate(file, values.merge === undefined ? text : mergeKubeconfig(existing, kubeconfig, file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} cannot be written: ${(error as Error).message}`, 1, { cause: error });
  }
  surroundings.out(`${file}: context ${kubeconfig['current-context']}\n`);
}

import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { credentialNames, obtainCredential } from '../credential.js';
import { askIssuer, type AskIssuer } from '../issuer-token.js';

/** What kubeconfigs of ours ask for, and the version before it, whose ExecCredential has the same status. */
const execApiVersion = 'client.authentication.k8s.io/v1';
const understood = [execApiVersion, 'client.authentication.k8s.io/v1beta1'];

/** The command, with another issuer for tests. @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
export function credentialKubernetes(ask: AskIssuer): Command {
  return {
    name: 'credential kubernetes',
    summary: 'print a credential for kubectl and its like; they run this themselves',
    help: `Prints an ExecCredential with a token, as client libraries of Kubernetes expect it of a command named in a kubeconfig.

  sallyport credential kubernetes [options]

  --as NAME         a person of the quick start; the token is kept in the home until shortly before it expires
  --agent AGENT     acting through this agent
  --purpose CODE    for this purpose
  --ttl TIME        how long it lives: 60s, 15m, 12h      (default 1h)
  --home DIR        home of the quick start               (default .sallyport)
  --token-file FILE a token from a file, SALLYPORT_TOKEN_FILE, such as that of a workload
                    (default: the token in SALLYPORT_TOKEN, or of whoever signed in)

"sallyport kubeconfig" writes a kubeconfig that names it.
`,
    run: async (args, surroundings) => {
      const { values } = readArguments('credential kubernetes', args, { texts: credentialNames, flags: [] });
      const apiVersion = askedVersion(surroundings);
      const { token, expiresAt } = await obtainCredential(values, surroundings, ask, Date.now());
      const expiry =
        expiresAt === null ? {} : { expirationTimestamp: new Date(expiresAt).toISOString().replace('.000Z', 'Z') };
      surroundings.out(`${JSON.stringify({ kind: 'ExecCredential', apiVersion, status: { token, ...expiry } })}\n`);
      return 0;
    },
  };
}

export const credentialKubernetesCommand = credentialKubernetes(askIssuer);

/** The version the client speaks; the answer has to have the same. */
function askedVersion({ env }: Surroundings): string {
  const info = env['KUBERNETES_EXEC_INFO'];
  if (info === undefined || info === '') return execApiVersion;
  let asked: unknown;
  try {
    asked = (JSON.parse(info) as { apiVersion?: unknown } | null)?.apiVersion;
  } catch (error) {
    throw new CliError('KUBERNETES_EXEC_INFO is not JSON', 1, { cause: error });
  }
  if (typeof asked === 'string' && understood.includes(asked)) return asked;
  throw new CliError(
    `the client asks for ${JSON.stringify(asked ?? null)}; the exec block of the kubeconfig must have apiVersion: ${execApiVersion}`,
  );
}

/** One cluster as clients reach it. */
export interface ClientContext {
  /** name of the context and of its cluster */
  readonly name: string;
  /** URL, with the prefix of the target where there is one */
  readonly server: string;
  /** certificates that sign the server's, PEM; null: those of the system */
  readonly ca: string | null;
  /** null: `default` */
  readonly namespace: string | null;
}

/** How a client proves who it is: a command that prints a credential, or a token. */
export type ClientUser = { readonly command: string; readonly args: readonly string[] } | { readonly token: string };

/** A kubeconfig as JSON: v1 Config, which is YAML too. */
export interface ClientKubeconfig {
  readonly apiVersion: 'v1';
  readonly kind: 'Config';
  readonly preferences: Readonly<Record<string, never>>;
  readonly clusters: readonly { readonly name: string; readonly cluster: Readonly<Record<string, unknown>> }[];
  readonly users: readonly { readonly name: string; readonly user: Readonly<Record<string, unknown>> }[];
  readonly contexts: readonly { readonly name: string; readonly context: Readonly<Record<string, unknown>> }[];
  readonly 'current-context': string;
}

/** What the exec block asks for. */
const execApiVersion = 'client.authentication.k8s.io/v1';

/**
 * The kubeconfig of one person for clusters behind the gateway.
 * @param contexts at least one; the first is the current one @param userName name of the one entry under `users`
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function clientKubeconfig(
  contexts: readonly ClientContext[],
  userName: string,
  user: ClientUser,
): ClientKubeconfig {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: contexts.map(({ name, server, ca }) => ({
      name,
      cluster: {
        server,
        ...(ca === null ? {} : { 'certificate-authority-data': Buffer.from(ca, 'utf8').toString('base64') }),
      },
    })),
    users: [{ name: userName, user: 'token' in user ? { token: user.token } : { exec: execOf(user) } }],
    contexts: contexts.map(({ name, namespace }) => ({
      name,
      context: { cluster: name, user: userName, ...(namespace === null ? {} : { namespace }) },
    })),
    'current-context': contexts[0]?.name ?? '',
  };
}

function execOf({ command, args }: Extract<ClientUser, { command: string }>): Readonly<Record<string, unknown>> {
  return {
    apiVersion: execApiVersion,
    command,
    args: [...args],
    interactiveMode: 'IfAvailable',
    provideClusterInfo: false,
    installHint: 'This cluster is behind Sallyport, whose command line was not found where this kubeconfig expects it.',
  };
}

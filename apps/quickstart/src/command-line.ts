import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { QuickstartError } from './quickstart.error.js';

const kubeIdentities = ['service-account', 'impersonate', 'auto'] as const;

/** As whom a cluster sees people (docs/configuration.md, `targets[].kubernetes.identity`). */
export type KubeIdentity = (typeof kubeIdentities)[number];

/** What the person asked for; paths are absolute. */
export interface StartOptions {
  readonly home: string;
  readonly config: string | null;
  /** a kubeconfig whose cluster becomes a target */
  readonly kubeconfig: string | null;
  /** name of that target; null: the context's, as far as it can be one */
  readonly kubeTarget: string | null;
  /** as whom that cluster sees people */
  readonly kubeIdentity: KubeIdentity;
  readonly ports: 'default' | 'auto';
  readonly development: boolean;
  readonly production: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

/** The folder of the clone: the built file lies in dist/apps/quickstart/src. */
export const cloneFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

export const startHelp = `Starts all of Sallyport on this machine, on embedded parts.

  npm start -- [options]

  --config FILE          targets, rules, roles and issuers of your own; what FILE leaves out is embedded
                         (its rules are read again when FILE changes, all else at the next start)
  --kubeconfig FILE      the cluster of its current context becomes a target, with rules to try it out
  --kube-target NAME     name of that target                                     (default: the context's)
  --kube-identity HOW    whom that cluster sees: service-account (the kubeconfig's user for everybody),
                         impersonate (the people; its RBAC has to know them) or auto (default service-account)
  --home DIR             where data, keys and the generated configuration live   (default .sallyport)
  --ports default|auto   6432, 6443, 8080 and 9443, or free ones                 (default default)
  --development          allow the development issuer with listeners or targets that are not on loopback
  --production           no embedded parts: what the configuration leaves out is an error
  --quiet                print only warnings, errors and the line that says it is ready
  --help                 this text
`;

/**
 * Reads the arguments of `npm start`.
 * @throws QuickstartError with exit code 2 that names the argument
 */
export function readCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv, cwd: string): StartOptions {
  const values = parse(args);
  const ports = values.ports ?? 'default';
  if (ports !== 'default' && ports !== 'auto')
    throw new QuickstartError(`--ports is "default" or "auto", not "${ports}"`, 2);
  if (values.development && values.production)
    throw new QuickstartError('--development and --production exclude each other', 2);
  for (const name of ['kube-target', 'kube-identity'] as const)
    if (values[name] !== undefined && values.kubeconfig === undefined)
      throw new QuickstartError(`--${name} is about the target of --kubeconfig FILE, which is missing`, 2);
  const identity = kubeIdentities.find((one) => one === (values['kube-identity'] ?? 'service-account'));
  if (identity === undefined)
    throw new QuickstartError(
      `--kube-identity is one of ${kubeIdentities.join(', ')}, not "${values['kube-identity']}"`,
      2,
    );
  if (values.kubeconfig !== undefined && values.production)
    throw new QuickstartError(
      '--kubeconfig is for trying things out and excludes --production; write the target into the configuration',
      2,
    );
  // npm runs scripts in the folder of package.json; a relative path is meant from where the person stands
  const from = cwd === cloneFolder ? (environment['INIT_CWD'] ?? cwd) : cwd;
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(from, path));
  return {
    home: values.home === undefined ? join(cloneFolder, '.sallyport') : absolute(values.home),
    config: values.config === undefined ? null : absolute(values.config),
    kubeconfig: values.kubeconfig === undefined ? null : absolute(values.kubeconfig),
    kubeTarget: values['kube-target'] ?? null,
    kubeIdentity: identity,
    ports,
    development: values.development ?? false,
    production: values.production ?? false,
    quiet: values.quiet ?? false,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        kubeconfig: { type: 'string' },
        'kube-target': { type: 'string' },
        'kube-identity': { type: 'string' },
        home: { type: 'string' },
        ports: { type: 'string' },
        development: { type: 'boolean' },
        production: { type: 'boolean' },
        quiet: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node.js explains at length what an argument with a dash may have meant
    throw new QuickstartError(
      `${(error as Error).message.split(/\. To specify|\.?\n/)[0]?.replace(/argument is ambiguous$/, 'lacks its value')}; see npm start -- --help`,
      2,
    );
  }
}

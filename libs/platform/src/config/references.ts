import { resolve } from 'node:path';
import { z } from 'zod';
import { Secret } from '../secret.js';

/** The processes that read a configuration; a secret that belongs to another one may be absent here. */
export type ConfigReader = 'postgres-gateway' | 'kube-gateway' | 'control' | 'migrations';
/** Who uses a secret; `gateways`: both of them; `listeners`: they and the control API. */
type SecretUser = ConfigReader | 'gateways' | 'listeners';

/** Where references lead; everything the schema needs of the outside world. */
export interface ReferenceSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** the folder of the configuration file: relative paths start there */
  readonly folder: string;
  /** contents of a file as text; throws with a `code` such as ENOENT */
  readonly readFile: (path: string) => string;
  /** absent: every reference must resolve */
  readonly reader?: ConfigReader | undefined;
  /** for `workers: cores` */
  readonly cores: number;
}

/** What is wrong with a value, without quoting it; undefined: nothing. */
type Check = (value: string) => string | undefined;
type Resolved = { readonly value: string } | { readonly problem: string };

const laterSchemes = new Set(
  (
    'vault aws-secrets aws-ssm aws-kms gcp-secrets gcp-kms azure-secrets azure-keyvault ' +
    'kms k8s kubernetes op sops keyring doppler exec'
  ).split(' '),
);
const write = 'write env:NAME or file:PATH';

function resolveReference(reference: string, sources: ReferenceSources): Resolved {
  if (reference.startsWith('env:')) return fromEnvironment(reference, sources);
  if (reference.startsWith('file:')) return fromFile(reference, sources);
  const scheme = schemeOf(reference);
  if (scheme !== undefined) return { problem: `the scheme "${scheme}:" is not built into this version; ${write}` };
  // the text may be the secret itself: it is never repeated
  return { problem: `must be a reference, not the value itself; ${write}` };
}

/** The scheme of something that is clearly a reference; a password that happens to contain a colon must not be quoted. */
function schemeOf(reference: string): string | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z-]{0,24}):(.*)$/su.exec(reference) ?? [];
  if (scheme === '') return undefined;
  if (laterSchemes.has(scheme)) return scheme;
  return /^[\w-]+[/#]/u.test(rest) ? scheme : undefined;
}

function fromEnvironment(reference: string, sources: ReferenceSources): Resolved {
  const name = reference.slice('env:'.length);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name))
    return { problem: 'env: wants the name of an environment variable: letters, digits and underscores' };
  const value = sources.env[name];
  if (value === undefined) return { problem: `${reference} is not set; set the environment variable ${name}` };
  if (value === '') return { problem: `${reference} is empty; set the environment variable ${name}` };
  return { value };
}

function fromFile(reference: string, sources: ReferenceSources): Resolved {
  const path = reference.slice('file:'.length);
  if (path === '') return { problem: 'file: wants a path' };
  const absolute = resolve(sources.folder, path);
  try {
    // editors and `echo` end a file with a line break, which is no part of a secret
    const value = sources.readFile(absolute).replace(/\r?\n$/u, '');
    return value === '' ? { problem: `${reference} is empty (${absolute})` } : { value };
  } catch (error) {
    return { problem: `${reference} cannot be read (${absolute}: ${errorCode(error)})` };
  }
}

function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'unreadable';
}

/** The readers and resolvers of references, as parts of a schema. */
export function references(sources: ReferenceSources) {
  const usedElsewhere = (user: SecretUser | undefined): boolean => {
    if (user === undefined || sources.reader === undefined) return false;
    const { reader } = sources;
    if (user === 'listeners') return reader === 'migrations';
    return user === 'gateways' ? !reader.endsWith('-gateway') : user !== reader;
  };
  const reference = () =>
    z.string({ error: () => `must be a reference; ${write}` }).meta({ title: 'reference (env: or file:)' });

  const secret = (user: SecretUser | undefined, check: Check, make: (text: string, value: string) => Secret) =>
    reference().transform((text, context): Secret => {
      const result = resolveReference(text, sources);
      if ('problem' in result && usedElsewhere(user) && /^(env|file):/u.test(text))
        return Secret.missing(result.problem);
      const problem = 'problem' in result ? result.problem : check(result.value);
      if (problem === undefined && 'value' in result) return make(text, result.value);
      context.addIssue({ code: 'custom', message: problem ?? 'has no value' });
      return z.NEVER;
    });

  return {
    /** A secret by reference. `check` looks at the value and says what is wrong with it, without quoting it. */
    secret: (user?: SecretUser, check: Check = () => undefined) => secret(user, check, (_, value) => new Secret(value)),

    /**
     * A secret that may be replaced while the process runs: what `file:` leads to is read again each time it is used, and what
     * `check` finds wrong with it then leaves the last good one in force. What `env:` leads to stays as it was.
     */
    renewed: (user?: SecretUser, check: Check = () => undefined) =>
      secret(user, check, (text, first) =>
        Secret.renewed(first, () => {
          const now = text.startsWith('file:') ? resolveReference(text, sources) : null;
          return now !== null && 'value' in now && check(now.value) === undefined ? now.value : null;
        }),
      ),

    /** Certificates in PEM by `file:`; loaded as text, empty where another process uses them and they are not here. */
    certificates: (user?: SecretUser) =>
      z
        .string()
        .meta({ title: 'reference (file:)' })
        .transform((text, context): string => {
          const result = resolveReference(text, sources);
          if ('problem' in result && usedElsewhere(user) && text.startsWith('file:')) return '';
          const problem = 'problem' in result ? result.problem : `${text} holds no certificate in PEM form`;
          if ('value' in result && result.value.includes('-----BEGIN CERTIFICATE-----')) return `${result.value}\n`;
          context.addIssue({ code: 'custom', message: problem });
          return z.NEVER;
        }),

    /** A folder, relative to the configuration file; loaded as an absolute path. `file:` before it means the same. */
    folder: () =>
      z
        .string()
        .min(1)
        .meta({ title: 'folder' })
        .transform((text, context): string => {
          const scheme = /^([a-z][a-z-]+):/u.exec(text)?.[1];
          if (scheme === undefined || scheme === 'file') return resolve(sources.folder, text.replace(/^file:/u, ''));
          context.addIssue({ code: 'custom', message: `"${scheme}:" is not built into this version; write a folder` });
          return z.NEVER;
        }),
  };
}

/** What `references` returns: the part of the outside world that the sections are built with. */
export type References = ReturnType<typeof references>;

/** Says what is wrong with a PostgreSQL URL, without repeating it. */
export function postgresUrlProblem(value: string): string | undefined {
  try {
    const url = new URL(value);
    if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
      return 'the reference must lead to a URL that starts with postgresql://';
    if (url.pathname.length < 2) return 'the database is missing in the URL that the reference leads to';
    return undefined;
  } catch {
    return 'the reference must lead to a URL such as postgresql://user:password@host:5432/database';
  }
}

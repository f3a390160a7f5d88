import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config.error.js';
import { contradictions, warningsOf } from './cross-checks.js';
import { knownKeys } from './known-keys.js';
import { keyText, toProblems } from './problems.js';
import type { ConfigReader, ReferenceSources } from './references.js';
import { oracleRules } from './oracle-rules.js';
import { configSchema, partialConfigSchema } from './schema.js';
import type { PartialConfig, SallyportConfig } from './types.js';
import { readYaml, type YamlSource } from './yaml-source.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a configuration is read with, beside its text. */
export interface ConfigSources extends Omit<ReferenceSources, 'cores'> {
  readonly cores?: number;
}

/**
 * Reads, checks and completes the configuration file, once, at start.
 * @param path the file; relative paths inside it start at its folder
 * @param env where `env:` references lead, usually `process.env`
 * @param reader which process reads: secrets of other processes may be missing, and their `reveal` throws
 * @throws ConfigError with every problem found: YAML errors, unknown, missing and contradicting keys, references that
 * lead nowhere; also when the file itself cannot be read
 */
export function loadConfig(path: string, env: Environment, reader?: ConfigReader): SallyportConfig {
  return parseConfig(readText(path), path, fileSources(path, env, reader));
}

/** Like `loadConfig`, for a program that adds identity, audit, keys, TLS and listeners itself where the file leaves them out. */
export function loadPartialConfig(path: string, env: Environment, reader?: ConfigReader): PartialConfig {
  return parsePartialConfig(readText(path), path, fileSources(path, env, reader));
}

/** `loadConfig` on a text; `name` stands for the file in messages. */
export function parseConfig(text: string, name: string, sources: ConfigSources): SallyportConfig {
  const source = readYaml(text, name);
  const full = { ...sources, cores: sources.cores ?? availableParallelism() };
  const parsed = check(configSchema(full), source, name);
  const { postgres, kubernetes, control } = parsed.listen;
  const postgresTls = postgres.tls ?? parsed.tls;
  const kubernetesTls = kubernetes.tls ?? parsed.tls ?? (parsed.targets.some(isCluster) ? undefined : postgresTls);
  const controlTls = control.tls ?? parsed.tls;
  if (postgresTls === undefined || kubernetesTls === undefined || controlTls === undefined)
    throw new ConfigError([tlsMissing(source, name)]);
  const { tls: _shared, ...rest } = parsed;
  return {
    ...rest,
    rules: [...rest.rules, ...oracleRules(rest.protect)],
    listen: {
      postgres: { ...postgres, tls: postgresTls },
      kubernetes: { ...kubernetes, tls: kubernetesTls },
      control: { ...control, tls: controlTls },
    },
    warnings: warningLines(parsed, source, name),
  };
}

/** `loadPartialConfig` on a text. */
export function parsePartialConfig(text: string, name: string, sources: ConfigSources): PartialConfig {
  const source = readYaml(text, name);
  const full = { ...sources, cores: sources.cores ?? availableParallelism() };
  const parsed = check(partialConfigSchema(full), source, name);
  const given = Object.keys(parsed).filter((section) => source.has([section]));
  // roles that the file leaves out are still to come
  const known = source.has(['roles']) ? parsed : { ...parsed, roles: undefined };
  return { ...parsed, given, warnings: warningLines(known, source, name) };
}

function check<T extends Parameters<typeof contradictions>[0]>(
  schema: z.ZodType<T>,
  source: YamlSource,
  name: string,
): T {
  if (source.problems.length > 0) throw new ConfigError(source.problems);
  if (source.value === null || source.value === undefined)
    throw new ConfigError([{ file: name, line: 1, key: '', message: 'the file is empty' }]);
  const result = schema.safeParse(source.value);
  if (!result.success) throw new ConfigError(toProblems(result.error.issues, source, name, knownKeys));
  const found = contradictions(result.data);
  if (found.length > 0) throw new ConfigError(found.map((finding) => locate(finding, source, name)));
  return result.data;
}

function locate(finding: ReturnType<typeof contradictions>[number], source: YamlSource, file: string): ConfigProblem {
  return { file, line: source.lineOf(finding.path), key: keyText(finding.path), message: finding.message };
}

function warningLines(parsed: Parameters<typeof warningsOf>[0], source: YamlSource, name: string): string[] {
  return warningsOf(parsed).map((finding) => `${name}:${source.lineOf(finding.path)}: ${finding.message}`);
}

/** Without a cluster nobody listens for its clients, and no certificate need be named. */
function isCluster(target: { readonly kind: string }): boolean {
  return target.kind === 'kubernetes';
}

function tlsMissing(source: YamlSource, file: string): ConfigProblem {
  return {
    file,
    line: source.lineOf(['listen']),
    key: 'tls',
    message:
      'is missing; write tls: { certificate: file:PATH, key: file:PATH }, since no listener speaks in clear text',
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/,.*/su, '') : 'unknown error';
    throw new ConfigError([{ file: path, line: 1, key: '', message: `the file cannot be read (${reason})` }]);
  }
}

function fileSources(path: string, env: Environment, reader: ConfigReader | undefined): ConfigSources {
  return { env, folder: dirname(resolve(path)), readFile: (file) => readFileSync(file, 'utf8'), reader };
}

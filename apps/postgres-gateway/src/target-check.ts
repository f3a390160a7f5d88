import type { WireLimits } from '@app/pg-wire';
import { allowFunctions, closeProtection } from '@app/sql';
import {
  configurationFindings,
  type CredentialVault,
  decodeRoleFacts,
  type Finding,
  functionProblem,
  type NamesNothing,
  notReached,
  PIN_STATEMENT,
  type PostgresTarget,
  protectionFindings,
  roleFactsStatement,
  roleFindings,
  SEARCH_PATH_STATEMENT,
  sorted,
  type TargetReport,
} from '@app/targets';
import { CATALOG_STATEMENTS, decodeCatalog, decodeFunctions, functionsStatement } from './catalog-query.js';
import { OwnConnection } from './own-connection.js';
import { splitTarget } from './split-target.js';
import { type ProtectedPlaces, protectionRules } from './target-profiles.js';
import { addressesOf, type UpstreamAddress } from './upstream-addresses.js';
import { UpstreamConnection, UpstreamError } from './upstream-connection.js';

/** What a check works with. */
export interface CheckParts {
  readonly vault: CredentialVault;
  readonly protect: ProtectedPlaces;
  readonly limits: WireLimits;
  /** ms for reaching one server and logging in */
  readonly timeoutMs: number;
  readonly now: () => number;
}

/**
 * Looks at a target the way sessions reach it, with its own credential, and changes nothing there. Never throws: what fails is a finding.
 */
export async function checkDatabase(target: PostgresTarget, parts: CheckParts): Promise<TargetReport> {
  const findings: Finding[] = [...configurationFindings(target)];
  const server = await servers(target, parts, findings);
  return {
    target: target.name,
    protocol: 'postgres',
    at: new Date(parts.now()).toISOString(),
    server,
    findings: sorted(findings),
  };
}

/** Asks one server all there is to ask, and of the others whether they can be used. */
async function servers(target: PostgresTarget, parts: CheckParts, findings: Finding[]): Promise<string | null> {
  let asked: string | null = null;
  try {
    const connection = await open(target, parts);
    try {
      asked = nameOf(connection);
      findings.push(...(await ask(target, parts, connection)));
    } finally {
      connection.end();
    }
    for (const address of await addressesOf(target))
      if (address.ip !== connection.address.ip || address.port !== connection.address.port)
        findings.push(...(await other(target, parts, address)));
  } catch (error) {
    findings.push(failure(error));
  }
  return asked;
}

async function other(target: PostgresTarget, parts: CheckParts, at: UpstreamAddress): Promise<Finding[]> {
  try {
    (await open(target, parts, at)).end();
    return [];
  } catch (error) {
    const place = `${at.host}:${at.port} (${at.ip})`;
    const found = failure(error);
    // one of several: sessions go to another
    return [
      {
        ...found,
        severity: 'warning',
        what: `server ${place} of target ${target.name} cannot be used: ${found.what}`,
        why: 'there is one server less to go to when others fail',
      },
    ];
  }
}

function open(target: PostgresTarget, { vault, limits, timeoutMs }: CheckParts, at?: UpstreamAddress) {
  return UpstreamConnection.open({
    target,
    vault,
    limits,
    timeoutMs,
    settings: new Map([['application_name', 'sallyport check']]),
    ...(at && { at }),
  });
}

async function ask(target: PostgresTarget, parts: CheckParts, connection: UpstreamConnection): Promise<Finding[]> {
  const own = new OwnConnection(connection);
  const one = async (sql: string): Promise<string> => (await own.ask(sql))[0]?.[0] ?? '';
  const found: Finding[] = [];
  const oids = new Set<number>();
  const path = JSON.parse((await one(SEARCH_PATH_STATEMENT)) || '[]') as string[];
  await own.ask(PIN_STATEMENT);
  try {
    const [system, user] = CATALOG_STATEMENTS;
    const catalog = decodeCatalog([await one(system), await one(user)], 0);
    const { columns, unmatched } = closeProtection(catalog, protectionRules(parts.protect, target.name));
    for (const { relationOid } of columns) oids.add(relationOid);
    found.push(...protectionFindings(target.name, unmatched.map(exactly(target.name, parts.protect))));
    const { functions = [] } = target.postgres;
    if (functions.length > 0) {
      const { problems } = allowFunctions(functions, decodeFunctions(await one(functionsStatement(functions))));
      found.push(...problems.map((problem) => functionProblem(target.name, problem)));
    }
  } catch (error) {
    found.push({
      code: 'catalog-unreadable',
      severity: 'error',
      what: `the catalog of target ${target.name} cannot be read: ${messageOf(error)}`,
      why: 'nothing can be described or masked without it, so all sessions are refused',
      sql: [],
      setting: 'Give the role back what PUBLIC has in pg_catalog, as the server was made.',
    });
  }
  try {
    found.push(...roleFindings(decodeRoleFacts(await one(roleFactsStatement([...oids], path)))));
  } catch (error) {
    found.push({
      code: 'role-unreadable',
      severity: 'warning',
      what: `the rights of role ${target.credential.user} cannot be read: ${messageOf(error)}`,
      why: 'whether it may more than it should is not known',
      sql: [],
      setting: 'Give the role back what PUBLIC has in pg_catalog, as the server was made.',
    });
  }
  return found;
}

/** Whether an entry that names nothing was meant for this very target. */
function exactly(target: string, protect: CheckParts['protect']) {
  return (entry: { readonly class: string; readonly glob: string; readonly of: string }): NamesNothing => ({
    class: entry.class,
    glob: entry.glob,
    exact: protect.some(
      (of) =>
        of.class === entry.class &&
        of.columns.some((column) => {
          const [pattern, rest] = splitTarget(column);
          return pattern === target && rest === entry.of;
        }),
    ),
  });
}

function nameOf({ parameters, address }: UpstreamConnection): string {
  const { host, port, ip } = address;
  return `PostgreSQL ${parameters.get('server_version') ?? 'of unknown version'} at ${host}:${port}${ip === host ? '' : ` (${ip})`}`;
}

function failure(error: unknown): Finding {
  return error instanceof UpstreamError
    ? notReached(error.code, error.message)
    : notReached('failed', `the check failed: ${messageOf(error)}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

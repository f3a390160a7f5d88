import type { Finding, Severity } from './finding.js';
import { onGrants } from './grant-findings.js';
import type { RoleFacts } from './role-facts.js';
import { identifier, statement } from './sql-words.js';

/** Oldest version whose catalog the gateway reads as it must, and those it is tested with. */
const OLDEST = 130_000;
const TESTED = { from: 150_000, to: 189_999 };

/** Roles of the server itself that open more than a client of the gateway may have. */
const POWERFUL: Readonly<Record<string, readonly [Severity, string]>> = {
  pg_read_server_files: ['error', 'it reads any file of the server, every table’s included, past what is masked'],
  pg_write_server_files: ['error', 'it writes files of the server, and with them whatever runs there'],
  pg_execute_server_program: ['error', 'it runs programs on the server: nothing there is out of reach then'],
  pg_create_subscription: ['error', 'it lets the server connect elsewhere and copy tables there'],
  pg_monitor: ['warning', 'it shows the statements of all other sessions, with the values in them'],
  pg_read_all_stats: ['warning', 'it shows the statements of all other sessions, with the values in them'],
  pg_stat_scan_tables: ['warning', 'it reads pages of any table through functions that scan them'],
  pg_read_all_settings: ['warning', 'it shows settings that may hold connection strings of others'],
  pg_read_all_data: ['warning', 'it reads every table, those to come included: only the rules stand before them'],
  pg_write_all_data: ['warning', 'it writes every table, those to come included: only the rules stand before them'],
  pg_maintain: ['warning', 'it locks and rewrites any table'],
  pg_signal_backend: ['warning', 'it cancels and ends sessions of others'],
};

/** Everything that speaks against the role a target is reached by. Each remedy is for an administrator of the server. */
export function roleFindings(facts: RoleFacts): readonly Finding[] {
  const superuser = onSuperuser(facts);
  const rest = [...onVersion(facts), ...onTimeouts(facts), ...onPinnedSettings(facts)];
  // a superuser has every right there is: what else it has shows once it is none
  if (superuser.length > 0) return [...superuser, ...rest];
  return [...onAttributes(facts), ...onMemberships(facts), ...onGrants(facts), ...rest];
}

function onVersion({ version }: RoleFacts): Finding[] {
  const major = Math.floor(version / 10_000);
  if (version < OLDEST)
    return [
      {
        code: 'server-version',
        severity: 'error',
        what: `the server is PostgreSQL ${major}, which the gateway does not support`,
        why: 'its catalog and its protocol differ from what the gateway reads them by',
        sql: [],
        setting: 'Upgrade the server to PostgreSQL 15 or later.',
      },
    ];
  if (version >= TESTED.from && version <= TESTED.to) return [];
  return [
    {
      code: 'server-version',
      severity: 'warning',
      what: `the server is PostgreSQL ${major}, with which the gateway is not tested`,
      why: 'it is tested with versions 15 to 18',
      sql: [],
      setting: version < TESTED.from ? 'Upgrade the server to PostgreSQL 15 or later.' : 'Look for a later Sallyport.',
    },
  ];
}

function onSuperuser(facts: RoleFacts): Finding[] {
  const { role, bootstrap } = facts;
  return facts.roles
    .filter(({ superuser }) => superuser)
    .map(({ name }): Finding => {
      const common = {
        code: 'superuser',
        severity: 'error' as const,
        why: 'no right of the database holds it back: it reads files, changes the catalog and other roles, and whatever passes the rules can undo them',
      };
      if (name !== role)
        return {
          ...common,
          what: `role ${role} can become the superuser ${name} by SET ROLE`,
          sql: revokes(facts, name),
          setting: null,
        };
      if (role === bootstrap)
        return {
          ...common,
          what: `role ${role} is the superuser that the server was made with`,
          sql: [],
          setting: 'Create a role for the gateway (docs/targets.md) and name it in credential.user.',
        };
      return {
        ...common,
        what: `role ${role} is a superuser`,
        sql: [statement`ALTER ROLE ${role} NOSUPERUSER`],
        setting: 'Then grant it what people need here (docs/targets.md): a superuser needed no grants.',
      };
    });
}

function onAttributes(facts: RoleFacts): Finding[] {
  const { role, version } = facts;
  const found: Finding[] = [];
  const attributes = [
    [
      'createRole',
      'CREATEROLE',
      'create-role',
      version < 160_000 ? 'error' : 'warning',
      version < 160_000
        ? 'before PostgreSQL 16 it may grant itself any role but a superuser’s, those that read the server’s files included'
        : 'it makes roles by which the gateway can be gone around',
    ],
    ['createDatabase', 'CREATEDB', 'create-database', 'warning', 'it makes databases that no target names'],
    ['replication', 'REPLICATION', 'replication', 'error', 'it may copy the whole server as a standby does, unmasked'],
    ['bypassRls', 'BYPASSRLS', 'bypass-rls', 'warning', 'row-level security does not hold for it'],
  ] as const;
  for (const of of facts.roles)
    for (const [key, word, code, severity, why] of attributes) {
      if (!of[key]) continue;
      const own = of.name === role;
      // replication is no right that a member can use
      if (!own && key === 'replication') continue;
      found.push({
        code,
        severity,
        what: own ? `role ${role} has ${word}` : `role ${role} can become ${of.name}, which has ${word}`,
        why,
        sql: own ? [statement`ALTER ROLE ${role} ${{ raw: `NO${word}` }}`] : revokes(facts, of.name),
        setting: null,
      });
    }
  return found;
}

function onMemberships(facts: RoleFacts): Finding[] {
  const { role } = facts;
  const found: Finding[] = [];
  for (const [name, [severity, why]] of Object.entries(POWERFUL)) {
    const members = facts.memberships.filter(([of, member]) => of === name && !isServers(member)).map(([, m]) => m);
    if (members.length === 0) continue;
    const through = members.filter((member) => member !== role);
    found.push({
      code: 'membership',
      severity,
      what: `role ${role} is a member of ${name}${members.includes(role) ? '' : `, through ${through.join(' and ')}`}`,
      why,
      sql: revokes(facts, name),
      setting: null,
    });
  }
  return found;
}

function onTimeouts({ role, lockTimeout, idleInTransactionTimeout }: RoleFacts): Finding[] {
  const found: Finding[] = [];
  const say = (name: string, value: string, why: string) =>
    found.push({
      code: 'role-setting',
      severity: 'warning',
      what: `role ${role} has no ${name}`,
      why,
      sql: [`ALTER ROLE ${identifier(role)} SET ${name} = '${value}';`],
      setting: null,
    });
  if (lockTimeout === '0')
    say('lock_timeout', '10s', 'a statement that waits for a lock makes all wait that come after it');
  if (idleInTransactionTimeout === '0')
    say(
      'idle_in_transaction_session_timeout',
      '10min',
      'a session that forgets its transaction keeps its locks, and keeps VACUUM from its work',
    );
  return found;
}

/** The gateway asks for both at the start of each session; where they are the role's own, nobody else can have them otherwise. */
function onPinnedSettings({ role, settings }: RoleFacts): Finding[] {
  const wanted = [
    ['standard_conforming_strings', 'on', /^(on|true|yes|1)$/i],
    ['client_encoding', 'UTF8', /^utf-?8$/i],
  ] as const;
  return wanted.flatMap(([name, value, right]): Finding[] => {
    const own = settings.filter(([of, setting]) => of === role && setting === name).map(([, , is]) => is);
    if (own.length > 0 && own.every((is) => right.test(is))) return [];
    const wrong = own.find((is) => !right.test(is));
    return [
      {
        code: 'role-setting',
        severity: wrong === undefined ? 'note' : 'warning',
        what: wrong === undefined ? `role ${role} has no ${name} of its own` : `role ${role} has ${name} = ${wrong}`,
        why: 'with another value the server understands a statement otherwise than the gateway that judged it; the gateway asks for the right one at each start',
        sql: [`ALTER ROLE ${identifier(role)} SET ${name} = '${value}';`],
        setting: null,
      },
    ];
  });
}

/** Takes a role away from all through whom the gateway's role has it. */
function revokes({ memberships, version }: RoleFacts, name: string): string[] {
  return memberships
    .filter(([of, member]) => of === name && !isServers(member))
    .map(([of, member, grantor]) =>
      version >= 160_000
        ? statement`REVOKE ${of} FROM ${member} GRANTED BY ${grantor}`
        : statement`REVOKE ${of} FROM ${member}`,
    );
}

/** Roles that belong to the server are members of each other by its making. */
function isServers(role: string): boolean {
  return role.startsWith('pg_');
}

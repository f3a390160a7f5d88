import type { Finding } from './finding.js';
import type { GrantFact, RoleFacts } from './role-facts.js';
import { identifier, statement } from './sql-words.js';

/** What the role owns or may do in the database that a client of the gateway needs not. */
export function onGrants(facts: RoleFacts): Finding[] {
  return [
    ...onTables(facts),
    ...onDatabase(facts),
    ...onSchemas(facts),
    ...onFunctions(facts),
    ...onTemporary(facts),
    ...onStatistics(facts),
  ];
}

function onTables(facts: RoleFacts): Finding[] {
  const { role } = facts;
  return facts.tables
    .filter(({ owned }) => owned)
    .map(({ schema, name, owner }) => {
      const table = `${identifier(schema)}.${identifier(name)}`;
      return {
        code: 'protected-table-owner',
        severity: 'error',
        what: `role ${role} owns the protected table ${schema}.${name}${owner === role ? '' : `, through ${owner}`}`,
        why: 'an owner may change the table, inherit from it, read its statistics and give rights on it away, and so bring protected values out',
        sql: [
          ...makeOwner(facts),
          statement`ALTER TABLE ${{ raw: table }} OWNER TO ${newOwner(facts)}`,
          statement`GRANT SELECT, INSERT, UPDATE, DELETE ON ${{ raw: table }} TO ${role}`,
        ],
        setting: null,
      };
    });
}

function onDatabase(facts: RoleFacts): Finding[] {
  const { role, database, databaseOwner } = facts;
  if (!facts.ownsDatabase) return [];
  return [
    {
      code: 'database-owner',
      severity: 'warning',
      what: `role ${role} owns the database ${database}${databaseOwner === role ? '' : `, through ${databaseOwner}`}`,
      why: 'an owner may change settings of the database for all who use it, drop it, and create in its schema public',
      sql: [...makeOwner(facts), statement`ALTER DATABASE ${database} OWNER TO ${newOwner(facts)}`],
      setting: null,
    },
  ];
}

function onSchemas(facts: RoleFacts): Finding[] {
  const { role } = facts;
  return facts.creatable.map((schema) => {
    const owned = schema.owned || (schema.owner === 'pg_database_owner' && facts.ownsDatabase);
    // what belongs to whoever owns the database is settled with the database
    const passesOn = schema.owner === 'pg_database_owner' ? [] : makeOwner(facts);
    return {
      code: 'create-on-schema',
      severity: 'warning' as const,
      what: `role ${role} may create in schema ${schema.name}, which is in its search path`,
      why: 'what it creates there can take the place of other tables and functions in what it and others ask',
      sql: [
        ...(owned ? [...passesOn, statement`ALTER SCHEMA ${schema.name} OWNER TO ${newOwner(facts)}`] : []),
        ...schema.grantees
          .filter((grantee) => !owned || grantee !== schema.owner)
          .map((grantee) => statement`REVOKE CREATE ON SCHEMA ${schema.name} FROM ${grantee ?? { raw: 'PUBLIC' }}`),
        ...(owned ? [statement`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`] : []),
      ],
      setting: null,
    };
  });
}

function onFunctions({ role, functions }: RoleFacts): Finding[] {
  return functions.map((callable) => ({
    code: 'function',
    severity: 'error',
    what: `role ${role} may call ${callable.name}`,
    why: 'it leads out of the database: to files of the server, or to other servers past the gateway',
    sql: revokeAll(callable, `EXECUTE ON FUNCTION ${callable.name}`),
    setting: callable.owned
      ? `It is owned by ${callable.owner}, which the role can act as; give it to another role.`
      : null,
  }));
}

function onTemporary({ role, temporary }: RoleFacts): Finding[] {
  if (temporary === null) return [];
  return [
    {
      code: 'temporary',
      severity: 'note',
      what: `role ${role} may create temporary tables in ${temporary.name}`,
      why: 'temporary tables stand before all others in names; the gateway follows them, but who needs none should have none',
      sql: revokeAll(temporary, `TEMPORARY ON DATABASE ${identifier(temporary.name)}`),
      setting: null,
    },
  ];
}

function onStatistics({ role, statistics }: RoleFacts): Finding[] {
  if (statistics.length === 0) return [];
  return [
    {
      code: 'statistics',
      severity: 'note',
      what: `role ${role} may read ${statistics.map(({ name }) => name).join(', ')}`,
      why: 'statistics of the planner hold values of columns; the gateway refuses to read them where columns are protected, this keeps others from it',
      sql: statistics.flatMap((view) => revokeAll(view, `SELECT ON pg_catalog.${view.name}`)),
      setting: null,
    },
  ];
}

function revokeAll({ grantees }: GrantFact, what: string): string[] {
  return grantees.map((grantee) => statement`REVOKE ${{ raw: what }} FROM ${grantee ?? { raw: 'PUBLIC' }}`);
}

/** Somebody the role cannot act as. */
function newOwner({ databaseOwner, ownsDatabase, spareOwner, bootstrap }: RoleFacts): string {
  if (!ownsDatabase) return databaseOwner;
  return spareOwner.exists && spareOwner.reachable ? bootstrap : spareOwner.name;
}

function makeOwner(facts: RoleFacts): string[] {
  const { ownsDatabase, spareOwner } = facts;
  return ownsDatabase && !spareOwner.exists ? [statement`CREATE ROLE ${spareOwner.name} NOLOGIN`] : [];
}

import { readFileSync } from 'node:fs';
import { DataSource, EntitySchema } from 'typeorm';

export const schema = 'drv_typeorm';

const team = {
  name: 'Team',
  tableName: 'teams',
  columns: {
    id: { type: Number, primary: true, generated: true },
    name: { type: String, length: '40', unique: true },
    settings: { type: 'jsonb', default: {} },
    kind: { type: 'enum', enum: ['small', 'large'], default: 'small' },
    made: { type: 'timestamptz', createDate: true },
  },
  relations: { members: { type: 'one-to-many', target: 'Member', inverseSide: 'team' } },
};

const member = {
  name: 'Member',
  tableName: 'members',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'identity' },
    name: { type: 'text' },
    pay: { type: 'numeric', precision: 10, scale: 2, nullable: true },
  },
  relations: {
    team: { type: 'many-to-one', target: 'Team', inverseSide: 'members', joinColumn: true, onDelete: 'CASCADE' },
  },
  indices: [{ columns: ['name'] }],
};

/** What the second version of the program knows of a team. */
const grownTeam = { ...team, columns: { ...team.columns, motto: { type: 'text', nullable: true } } };

/** A data source of TypeORM whose password is asked for at each connection. */
export function sourceOf(given, { grown = false, migrations = [], database = given.database, ...more } = {}) {
  return new DataSource({
    type: 'postgres',
    host: given.host,
    port: given.port,
    database,
    username: given.user,
    password: () => Promise.resolve(given.token),
    ssl: { ca: readFileSync(given.ca, 'utf8') },
    schema,
    installExtensions: false,
    entities: [new EntitySchema(grown ? grownTeam : team), new EntitySchema(member)],
    migrations,
    logging: false,
    ...more,
  });
}

/** Turns what TypeORM wants to change into a migration, as its command line does. */
export function asMigration(name, timestamp, { upQueries, downQueries }) {
  const runAll = async (runner, queries) => {
    for (const { query, parameters } of queries) await runner.query(query, parameters);
  };
  const Migration = class {
    name = `${name}${timestamp}`;
    up(runner) {
      return runAll(runner, upQueries);
    }
    down(runner) {
      return runAll(runner, downQueries.toReversed());
    }
  };
  Object.defineProperty(Migration, 'name', { value: `${name}${timestamp}` });
  return Migration;
}

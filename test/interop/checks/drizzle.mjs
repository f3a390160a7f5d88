import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execute } from '../../support/postgres-server.mjs';
import { npmPackage, run } from '../programs.mjs';

const schema = 'drv_drizzle';
const tables = [
  `DROP SCHEMA IF EXISTS ${schema} CASCADE`,
  `CREATE SCHEMA ${schema}`,
  `CREATE TYPE ${schema}.mood AS ENUM ('calm', 'wild')`,
  `CREATE TABLE ${schema}.teams (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(40) NOT NULL UNIQUE,
     mood ${schema}.mood DEFAULT 'calm', settings jsonb DEFAULT '{}' NOT NULL, CHECK (length(name) > 1))`,
  `CREATE TABLE ${schema}.members (id bigserial PRIMARY KEY, team_id int NOT NULL REFERENCES ${schema}.teams ON DELETE CASCADE,
     joined timestamptz DEFAULT now(), tags text[])`,
  `CREATE INDEX ON ${schema}.members (team_id, joined DESC)`,
  `CREATE VIEW ${schema}.shown AS SELECT id, name FROM ${schema}.teams`,
];

/**
 * drizzle-kit: it reads a whole schema from the catalog. (Prisma's tools do so by an engine that their installer fetches from
 * outside the registry, so they are not driven here.)
 */
export async function checkDrizzle(steps, sallyports) {
  const world = await sallyports.drivers();
  const kit = await npmPackage('drizzle-kit', '0.31.11', 'drizzle-orm@0.45.4', 'pg@8.23.1');
  const read = async (given) => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-drizzle-'));
    try {
      const credentials = { host: given.host, port: given.port, user: given.user, password: given.token };
      const config = {
        dialect: 'postgresql',
        out: join(folder, 'out'),
        schemaFilter: [schema],
        dbCredentials: {
          ...credentials,
          database: given.database,
          ssl: { ca: readFileSync(given.ca, 'utf8'), rejectUnauthorized: true },
        },
      };
      writeFileSync(join(folder, 'drizzle.config.json'), JSON.stringify(config));
      const args = [join(kit, 'bin.cjs'), 'introspect', '--config', join(folder, 'drizzle.config.json')];
      const ended = await run(process.execPath, args, { cwd: dirname(dirname(kit)) });
      assert.equal(ended.status, 0, ended.stdout + ended.stderr);
      const out = join(folder, 'out');
      const names = readdirSync(out).filter((name) => /\.(?:ts|sql)$/u.test(name));
      return names.toSorted().map((name) => readFileSync(join(out, name), 'utf8'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const [direct, through] = [world.directly(), await world.through()];
  await execute(direct.superuserUrl.replace('postgres@', 'app@'), ...tables);
  const truth = await steps.step(
    'reads tables, keys, enums, checks, indexes and views from the server itself',
    async () => {
      const found = await read(direct);
      for (const part of ['teams', 'members', 'mood', 'references', 'index', 'check'])
        assert.ok(
          found.some((text) => text.includes(part)),
          `${part} is missing in ${found.join('\n')}`,
        );
      return found;
    },
  );
  await steps.step('reads the same through the gateway', async () => assert.deepEqual(await read(through), truth));
  await execute(direct.superuserUrl, `DROP SCHEMA ${schema} CASCADE`);
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from '../nightly/built.mjs';
import { execute, startServer } from '../support/postgres-server.mjs';
import { startSallyport } from '../support/sallyport.mjs';
import { startRedis } from './redis.mjs';

/** Channel on which the audit database tells of each step, as soon as it is committed. */
export const STEPS = 'approval_step';
/** Channel on which the target tells of each row. */
export const RAN = 'ran';

/** A target, an audit database and a Redis that can each be killed, and a Sallyport whose writes are held for carol. */
export async function startSetting(scratch) {
  const target = await startServer(scratch, { name: 'target' });
  await execute(target.url('postgres'), 'CREATE DATABASE bench', 'CREATE ROLE app LOGIN');
  await execute(
    target.url('bench'),
    'CREATE TABLE ran (key text NOT NULL)',
    'GRANT SELECT, INSERT ON ran TO app',
    `CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
       BEGIN PERFORM pg_notify('${RAN}', NEW.key); RETURN NULL; END $$`,
    'CREATE TRIGGER tell AFTER INSERT ON ran FOR EACH ROW EXECUTE FUNCTION tell()',
  );
  const audit = await startServer(scratch, { name: 'audit', settings: { log_min_messages: 'warning' } });
  const redis = await startRedis();
  const config = await configuration(scratch, target, audit, redis);
  const sallyport = await startSallyport({ home: join(scratch, 'home'), config });
  return { target, audit, redis, sallyport };
}

async function configuration(scratch, target, audit, redis) {
  await execute(
    audit.url('postgres'),
    'CREATE ROLE sallyport_owner LOGIN CREATEROLE',
    'CREATE DATABASE sallyport OWNER sallyport_owner',
  );
  const { runMigrations, ensureLogins } = await built('libs/store/src/index.js');
  await runMigrations(audit.url('sallyport', 'sallyport_owner'));
  const groups = ['gateway', 'control'];
  await ensureLogins(
    audit.url('sallyport'),
    groups.map((group) => ({ name: `own_${group}`, password: group, group })),
  );
  await execute(
    audit.url('sallyport'),
    `CREATE FUNCTION tell_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
       BEGIN PERFORM pg_notify('${STEPS}', NEW.state || ' ' || NEW.id); RETURN NULL; END $$`,
    'CREATE TRIGGER tell_step AFTER INSERT OR UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION tell_step()',
  );
  const secrets = join(scratch, 'secrets');
  mkdirSync(secrets, { mode: 0o700 });
  mkdirSync(join(scratch, 'journal'), { mode: 0o700 });
  const reference = (name, url) => {
    writeFileSync(join(secrets, name), url, { mode: 0o600 });
    return `file:${join(secrets, name)}`;
  };
  return JSON.stringify({
    targets: [
      {
        name: 'bench',
        postgres: { host: '127.0.0.1', port: target.port, database: 'bench', tls: 'disable' },
        credential: { user: 'app' },
      },
    ],
    rules: [
      {
        name: 'analysts work on bench',
        who: { groups: ['analysts'] },
        on: { target: 'bench', does: ['read', 'write', 'session'] },
        effect: 'allow',
      },
      {
        name: 'writes are approved',
        on: { target: 'bench', does: ['write'] },
        effect: 'hold',
        approval: { reviewers: { groups: ['privacy'] }, hold: '60s', expires: '15m' },
      },
    ],
    audit: {
      journal: { dir: join(scratch, 'journal'), reserve: '32MiB' },
      database: {
        gateway: reference('gateway', audit.url('sallyport', 'own_gateway')),
        control: reference('control', audit.url('sallyport', 'own_control')),
        migrations: reference('migrations', audit.url('sallyport', 'sallyport_owner')),
      },
    },
    ...(redis === null ? {} : { queue: { redis: reference('redis', redis.url) } }),
  });
}

/** How node-postgres gets through the gateway as somebody. */
export function clientOptions(file, { user, token }) {
  const ssl = { ca: readFileSync(file.ca, 'utf8'), servername: '' };
  return { host: '127.0.0.1', port: file.postgres.port, user, password: token, database: 'bench', ssl };
}

import { join } from 'node:path';
import { python, root } from '../programs.mjs';
import { toldOnBothSides } from '../drivers/told.mjs';

const folder = join(root, 'test', 'interop', 'python');

const byScript =
  (name, ...args) =>
  async (steps, sallyports) => {
    const program = await python(join(folder, 'drivers.txt'));
    await toldOnBothSides(steps, await sallyports.drivers(), program, [join(folder, name), ...args]);
  };

/** asyncpg: binary, prepared, pools with a password callback. */
export const checkAsyncpg = byScript('asyncpg_check.py');

/** psycopg 3 where everything is allowed: COPY, notifications, cursors that are held, cancelling. */
export const checkPsycopgDrivers = byScript('psycopg_drivers_check.py');

/** SQLAlchemy on psycopg, with a token for each connection. */
export const checkSqlalchemyPsycopg = byScript('sqlalchemy_drivers_check.py', 'psycopg');

/** SQLAlchemy on asyncpg. */
export const checkSqlalchemyAsyncpg = byScript('sqlalchemy_drivers_check.py', 'asyncpg');

/** Alembic: autogenerate, up, down. */
export const checkAlembic = byScript('alembic_check.py');

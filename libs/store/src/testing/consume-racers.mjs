// Races for one grant from a process of its own: `node consume-racers.mjs URL ID DIGEST RACERS NAME` prints how many got it.
import { Pool } from 'pg';

const [url, id, digest, racers, name] = process.argv.slice(2);
const pool = new Pool({ connectionString: url, max: 16 });
const race = async (n) => {
  const { rows } = await pool.query('SELECT approval_consume($1, $2, $3, $4, $5) AS unmask', [
    id,
    digest,
    name,
    `${name}-${n}`,
    'session',
  ]);
  return rows[0].unmask !== null;
};
const won = await Promise.all(Array.from({ length: Number(racers) }, (_, n) => race(n)));
await pool.end();
process.stdout.write(String(won.filter(Boolean).length));

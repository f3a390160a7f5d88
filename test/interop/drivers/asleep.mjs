import pg from 'pg';

const withinMs = 60_000;

/** Resolves once some session of the server executes `pg_sleep`: a cancel request that comes earlier hits nothing. */
export async function someoneSleeps({ superuserUrl }) {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const end = performance.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const { rowCount } = await client.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
      if (rowCount > 0) return;
      if (performance.now() > end) throw new Error('nobody sleeps');
    }
  } finally {
    await client.end();
  }
}

// Runs ordinary statements directly and through the gateway and compares the answers, column by column.
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** Values as the server writes them. */
const asText = { getTypeParser: () => (value) => value };
/** A mask that keeps a part leaves some values as they were: a birthday on New Year's Day. */
const mayStay = 0.05;

async function answer(client, one) {
  const texts = [one.sql].flat();
  const transaction = one.writes === true ? ['BEGIN', ...texts, 'ROLLBACK'] : texts;
  let last = null;
  for (const text of transaction) {
    if (one.compare?.startsWith('cop')) {
      last = { stream: (await buffer(client.query(copyTo(text)))).toString('utf8') };
      continue;
    }
    const values = texts.includes(text) ? one.params : undefined;
    const result = await client.query({ text, values, rowMode: 'array', types: asText });
    const counts = result.fields.length > 0 || one.writes !== true || texts.includes(text);
    if (counts && (last === null || result.fields.length > 0 || one.writes === true))
      last = {
        fields: result.fields.map(({ name }) => name),
        rows: result.rows,
        tag: `${result.command} ${result.rowCount}`,
      };
  }
  return last;
}

/** What is wrong with the answer through the gateway; null when nothing is. */
function compare(one, direct, through) {
  if (one.compare === 'runs') return null;
  if (one.compare === 'copy') return direct.stream === through.stream ? null : 'another stream';
  if (one.compare === 'copied-masked') {
    if (!direct.stream.includes(one.hidden)) return `the stream of the target has no ${one.hidden}`;
    if (through.stream.includes(one.hidden)) return `${one.hidden} is in the stream`;
    return direct.stream.split('\n').length === through.stream.split('\n').length ? null : 'another number of lines';
  }
  if (!isDeepStrictEqual(direct.fields, through.fields)) return `columns ${through.fields.join(', ')}`;
  if (direct.rows.length !== through.rows.length) return `${through.rows.length} rows instead of ${direct.rows.length}`;
  if (direct.tag !== through.tag) return `${through.tag} instead of ${direct.tag}`;
  if (one.unordered) for (const { rows } of [direct, through]) rows.sort((a, b) => (a.join() < b.join() ? -1 : 1));
  for (const [at, name] of direct.fields.entries()) {
    const pairs = direct.rows.map((row, line) => [row[at], through.rows[line][at]]);
    if (!(one.masks ?? []).includes(name)) {
      const other = pairs.find(([is, came]) => is !== came);
      if (other) return `the clean column ${name} is ${other[1]} instead of ${other[0]}`;
      continue;
    }
    const told = pairs.filter(([is]) => is !== null);
    const stayed = told.filter(([is, came]) => is === came).length;
    if (told.length === 0) return `nothing to mask in ${name}`;
    if (stayed > told.length * mayStay) return `${name} came as it is in ${stayed} of ${told.length} rows`;
  }
  const unknown = (one.masks ?? []).filter((name) => !direct.fields.includes(name));
  return unknown.length > 0 ? `no column ${unknown.join(', ')}` : null;
}

async function tryOne(one, directly, through) {
  const direct = await answer(directly, one).catch((error) => {
    throw new Error(`${one.says}: the target itself says: ${error.message}`);
  });
  try {
    const wrong = compare(one, direct, await answer(through, one));
    if (wrong !== null) return { ...one, outcome: 'wrong', message: wrong };
    return { ...one, outcome: (one.masks ?? []).length > 0 || one.hidden ? 'masked' : 'ran' };
  } catch (error) {
    const refused = error.code === '42501' || /^SP\d{3}$/u.test(error.code ?? '');
    const { message, hint = '', code = '' } = error;
    return { ...one, outcome: refused ? 'refused' : 'wrong', code, message, hint };
  }
}

async function connected(settings) {
  const client = new pg.Client(settings);
  // a connection that ends fails the statement that was running on it
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * @param {object[]} statements rows of `statements.mjs`
 * @param {{ direct: string, gateway: import('pg').ClientConfig }} where
 * @returns each with `outcome`: `ran`, `masked`, `refused` (with `message`, `hint`) or `wrong` (with `message`)
 */
export async function tryStatements(statements, where) {
  const directly = await connected({ connectionString: where.direct });
  let through = await connected(where.gateway);
  const outcomes = [];
  try {
    for (const one of statements) {
      outcomes.push(await tryOne(one, directly, through));
      // what is left of a statement that failed, or of the connection
      await through.query('ROLLBACK').catch(async () => (through = await connected(where.gateway)));
    }
  } finally {
    await Promise.all([directly.end(), through.end()]);
  }
  return outcomes;
}

import { client } from '../../kube-server/rest.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The control API as the auditor of the quick start. */
export function auditor(file) {
  const { token } = file.people.find(({ name }) => name === 'dave');
  const ask = client(file.control.url, file.ca, { authorization: `Bearer ${token}` });
  return async (path) => {
    for (;;) {
      const { status, json, text, headers } = await ask('GET', path);
      if (status === 200) return json;
      if (status !== 429) throw new Error(`${path} answered ${status}: ${text}`);
      await sleep(1000 * Number(headers['retry-after'] ?? 1));
    }
  };
}

/** Every operation of the record, newest first; with `bodies` each as it is shown by itself. */
export async function allOperations(file, { bodies = false } = {}) {
  const ask = auditor(file);
  const found = [];
  for (let cursor = ''; cursor !== null;) {
    const { items, next } = await ask(
      `/v1/operations?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    found.push(...items);
    cursor = next ?? null;
  }
  if (!bodies) return found;
  const whole = [];
  for (const { id } of found) whole.push(await ask(`/v1/operations/${id}`));
  return whole;
}

/** Waits until the record has grown no more for a while: what was recorded has reached the control API. */
export async function settledRecord(file) {
  const ask = auditor(file);
  let newest;
  for (let quiet = 0; quiet < 6; await sleep(500)) {
    const { items } = await ask('/v1/operations?limit=1');
    quiet = items[0]?.id === newest ? quiet + 1 : 0;
    newest = items[0]?.id;
  }
}

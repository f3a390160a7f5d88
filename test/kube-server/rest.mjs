// A client of the test cluster for its own set-up and for what tests ask of it directly: no kubectl needed.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parseAllDocuments } from 'yaml';

/**
 * Requests as the administrator, past any gateway.
 * @returns `(method, path, body?, headers?) => { status, headers, bytes, text, json }`; `body` is sent as JSON unless it is a string
 */
export function administrator(url, caFile) {
  return client(url, caFile, { authorization: 'Bearer admin-token' });
}

/** As {@link administrator}, with other headers on each request. */
export function client(url, caFile, own) {
  const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true });
  const ask = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const type =
        payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
      const outgoing = request(
        `${url}${path}`,
        { method, agent, headers: { ...own, ...type, ...headers } },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const bytes = Buffer.concat(chunks);
            const text = bytes.toString('utf8');
            resolve({ status: response.statusCode, headers: response.headers, bytes, text, json: parse(text) });
          });
        },
      );
      outgoing.on('error', (error) => {
        // the server closed an idle connection in the moment it was used again: nothing of the request was read
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(ask(method, path, body, headers));
        else reject(error);
      });
      outgoing.end(payload);
    });
  return ask;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Path under which an object of this kind is created. Covers what tests set up, by the rule that English plurals follow. */
export function collectionOf({ apiVersion, kind, metadata }) {
  const lower = kind.toLowerCase();
  const plural = lower.endsWith('s') ? `${lower}es` : lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return metadata.namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${metadata.namespace}/${plural}`;
}

/** Creates every object of a YAML text; one that is there already stays. @returns true @throws Error with the server's words */
export async function applyAll(admin, text) {
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS();
    const { status, text: said } = await admin('POST', collectionOf(object), object);
    if (status !== 201 && status !== 409) throw new Error(`${object.kind} ${object.metadata.name}: ${said}`);
  }
  return true;
}

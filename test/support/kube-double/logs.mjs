import { EventEmitter } from 'node:events';
import { isTrue } from './route.mjs';

/** Logs of pods as the chunks they are given in: a test cuts where it wants, inside a character or a secret. */
export class Logs {
  #chunks = new Map();
  #news = new EventEmitter().setMaxListeners(0);

  append(namespace, pod, data) {
    const key = `${namespace}/${pod}`;
    this.#chunks.set(key, [...(this.#chunks.get(key) ?? []), Buffer.from(data)]);
    this.#news.emit(key, Buffer.from(data));
  }

  /** Chunks a request asks for: `tailLines` and `limitBytes` join them. */
  chunks({ namespace, name, query }) {
    const all = this.#chunks.get(`${namespace}/${name}`) ?? [];
    const [tail, limit] = [query.get('tailLines'), query.get('limitBytes')];
    if (tail === null && limit === null) return all;
    let bytes = Buffer.concat(all);
    if (tail !== null) {
      const lines = bytes.toString('latin1').split(/(?<=\n)/);
      bytes = Buffer.from(lines.slice(Math.max(0, lines.length - Number(tail))).join(''), 'latin1');
    }
    return [limit === null ? bytes : bytes.subarray(0, Number(limit))];
  }

  /** @returns a function that stops it */
  follow({ namespace, name }, listener) {
    const key = `${namespace}/${name}`;
    this.#news.on(key, listener);
    return () => this.#news.off(key, listener);
  }
}

/** `pods/NAME/log`, with `follow` until the reader leaves. */
export async function serveLog(route, answer, entry, { logs, witness }) {
  answer.open(200, { 'Content-Type': 'text/plain' });
  const { stream, close } = witness.openStream('log', entry);
  answer.stream = stream;
  answer.onEnd(close);
  const follows = isTrue(route.query.get('follow'));
  if (follows) answer.onEnd(logs.follow(route, (chunk) => void answer.write(chunk)));
  for (const chunk of logs.chunks(route)) {
    // an empty chunk would be the last
    if (chunk.length === 0) continue;
    await answer.write(chunk);
    // a chunk of its own for the reader, too
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (!follows) await answer.end();
}

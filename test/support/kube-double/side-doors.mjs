import { acceptWebSocket, offered } from './websocket.mjs';
import { isTrue } from './route.mjs';
import { negotiated } from './shapes.mjs';
import { watchEvents } from './watch.mjs';

// kube-apiserver serves every watch and log over WebSocket to whoever asks: a gateway that lets the upgrade through has
// an unmasked door at its side. It is served here as it is there, and written down.

/** A watch as messages. */
export function serveWatchSocket(route, type, answer, entry, { store, witness }) {
  witness.violation('side door', `a watch over WebSocket: ${entry.target}`, entry.n);
  const wish = negotiated(answer.request.header('accept'), type);
  const { stream, close } = witness.openStream('watch socket', entry);
  answer.stream = stream;
  let watch = { stop: () => undefined };
  const socket = acceptWebSocket(answer, '', witness, entry, {
    message: () => undefined,
    closed: () => {
      close();
      watch.stop();
    },
  });
  const emit = (event) => void socket.send(`${JSON.stringify(event)}\n`, true);
  watch = watchEvents(store, type, route, wish, emit, () => void socket.close());
}

/** A log as messages: binary, or base64 text where the client wants that. */
export function serveLogSocket(route, answer, entry, { logs, witness }) {
  witness.violation('side door', `a log over WebSocket: ${entry.target}`, entry.n);
  const protocol =
    offered(answer.request).find((name) => ['binary.k8s.io', 'base64.binary.k8s.io'].includes(name)) ?? '';
  const { stream, close } = witness.openStream('log socket', entry);
  answer.stream = stream;
  let unfollow = () => undefined;
  const socket = acceptWebSocket(answer, protocol, witness, entry, {
    message: () => undefined,
    closed: () => {
      close();
      unfollow();
    },
  });
  const isText = protocol.startsWith('base64');
  const send = (chunk) => void socket.send(isText ? chunk.toString('base64') : chunk, isText);
  for (const chunk of logs.chunks(route)) send(chunk);
  if (isTrue(route.query.get('follow'))) unfollow = logs.follow(route, send);
  else void socket.close();
}

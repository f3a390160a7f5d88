import { acceptWebSocket, frame, offered, wantsWebSocket } from './websocket.mjs';
import { isTrue } from './route.mjs';
import { Refused } from './status.mjs';

// The real server takes all of these; a gateway should bring the first two only.
const protocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'base64.channel.k8s.io',
];
const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 };

/** The Status that ends a command: Success, or NonZeroExitCode. */
export const exitStatus = (code) =>
  code === 0
    ? { metadata: {}, status: 'Success' }
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: error executing command, exit code ${code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      };

/**
 * One running command, as scripts see it. Nothing is ever run.
 * @typedef {object} Process
 * @property {string[]} argv empty for attach
 * @property {string} user whom the request speaks for
 * @property {boolean} tty
 * @property {boolean} stdin
 * @property {(data: string | Uint8Array) => Promise<void>} out to stdout
 * @property {(data: string | Uint8Array) => Promise<void>} err to stderr
 * @property {(channel: number, data: string | Uint8Array) => Promise<void>} message one message of any channel
 * @property {(channel: number, data: Uint8Array, sizes: number[]) => Promise<void>} fragments one message in frames of these
 * sizes and the rest, a ping between them
 * @property {(bytes: Uint8Array) => Promise<void>} raw bytes of the connection, no frame
 * @property {(code: number) => Promise<void>} exit
 * @property {(listener: (data: Uint8Array) => void) => void} onInput
 * @property {(listener: () => void) => void} onInputEnd
 * @property {(listener: (size: { Width: number, Height: number }) => void) => void} onResize
 * @property {() => void} kill the connection dies
 */

const scripts = {
  cat: (process) => {
    process.onInput((data) => void process.out(data));
    process.onInputEnd(() => void process.exit(0));
  },
  echo: async (process) => {
    await process.out(`${process.argv.slice(1).join(' ')}\n`);
    await process.exit(0);
  },
  fail: async (process) => {
    await process.err(`${process.argv[2] ?? 'failed'}\n`);
    await process.exit(Number(process.argv[1] ?? 1));
  },
  flood: async (process) => {
    for (let left = Number(process.argv[1] ?? 0); left > 0; left -= 32_768)
      await process.out(Buffer.alloc(Math.min(left, 32_768), 'x'));
    await process.exit(0);
  },
  sleep: (process) => {
    const timer = setTimeout(() => void process.exit(0), Number(process.argv[1] ?? 1) * 1000);
    process.onClose(() => clearTimeout(timer));
  },
  size: (process) => process.onResize(({ Width, Height }) => void process.out(`${Width}x${Height}\n`)),
  // what a pod's main process says to attach
  attach: (process) => {
    void process.out('attached\n');
    process.onInput((data) => void process.out(data));
  },
};

/** The script of a command: its program's, or what a shell with nothing installed says. `sh -c 'echo a; exit 3'` is understood. */
function scriptFor(argv, own) {
  const program = argv[0]?.split('/').at(-1) ?? 'attach';
  const known = own.get(program) ?? scripts[program];
  if (known) return known;
  if (!['sh', 'bash'].includes(program) || argv[1] !== '-c')
    return async (process) => {
      await process.err(`exec: "${program}": executable file not found in $PATH\n`);
      await process.exit(127);
    };
  return async (process) => {
    for (const step of (argv[2] ?? '').split(/;|&&|\n/).map((text) => text.trim())) {
      const [name, ...rest] = step.split(/\s+/);
      if (name === 'echo') await process.out(`${rest.join(' ').replace(/^(['"])(.*)\1$/, '$2')}\n`);
      else if (name === 'exit') return process.exit(Number(rest[0] ?? 0));
    }
    return process.exit(0);
  };
}

/** `pods/NAME/exec` and `attach` over WebSocket. @throws Refused for other upgrades */
export async function serveExec(route, answer, entry, identity, { witness, ownScripts }) {
  const { request } = answer;
  if (!wantsWebSocket(request))
    throw new Refused(400, 'unable to upgrade: the double speaks WebSocket alone', { details: {} });
  const protocol = offered(request).find((name) => protocols.includes(name));
  if (offered(request).length > 0 && protocol === undefined)
    throw new Refused(403, 'unable to upgrade: no subprotocol is known', { details: {} });
  if (protocol?.includes('base64')) witness.violation('side door', `subprotocol ${protocol}`, entry.n);
  const { query } = route;
  const listeners = { input: [], inputEnd: [], resize: [], closed: [] };
  const pending = { input: [], inputEnd: [], resize: [] };
  const tell = (kind, value) => {
    if (listeners[kind].length === 0) pending[kind]?.push(value);
    for (const listener of listeners[kind]) listener(value);
  };
  const on = (kind) => (listener) => {
    listeners[kind].push(listener);
    for (const value of pending[kind]?.splice(0) ?? []) listener(value);
  };
  const sizes = sizeReader();
  const { stream, close } = witness.openStream(route.subresource, entry);
  answer.stream = stream;
  const isBase64 = protocol?.includes('base64') === true;
  const socket = acceptWebSocket(answer, protocol ?? '', witness, entry, {
    message: (data) => {
      const channel = isBase64 ? data[0] - 48 : data[0];
      const payload = isBase64 ? Buffer.from(data.toString('latin1', 1), 'base64') : data.subarray(1);
      if (channel === channels.stdin) {
        entry.input = Buffer.concat([entry.input ?? Buffer.alloc(0), payload]);
        tell('input', payload);
      } else if (channel === channels.resize) for (const size of sizes(payload)) tell('resize', size);
      else if (channel === channels.close && payload[0] === channels.stdin) tell('inputEnd');
      else witness.violation('websocket', `channel ${channel} from a client`, entry.n);
    },
    closed: () => {
      close();
      tell('closed');
    },
  });
  const message = (channel, data) =>
    isBase64
      ? socket.send(String(channel) + Buffer.from(data).toString('base64'), true)
      : socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
  const tty = isTrue(query.get('tty'));
  const process = {
    argv: query.getAll('command'),
    user: identity.user,
    tty,
    stdin: isTrue(query.get('stdin')),
    out: (data) => message(channels.stdout, data),
    err: (data) => message(tty ? channels.stdout : channels.stderr, data),
    message,
    fragments: async (channel, data, sizes) => {
      const whole = Buffer.concat([Buffer.from([channel]), data]);
      let at = 0;
      for (const size of sizes) {
        await socket.raw(frame(at === 0 ? 2 : 0, whole.subarray(at, at + size), { fin: false }));
        await socket.ping();
        at += size;
      }
      await socket.raw(frame(at === 0 ? 2 : 0, whole.subarray(at)));
    },
    raw: (bytes) => socket.raw(bytes),
    exit: async (code) => {
      await message(channels.status, JSON.stringify(exitStatus(code)));
      await socket.close();
    },
    onInput: on('input'),
    onInputEnd: on('inputEnd'),
    onResize: on('resize'),
    onClose: on('closed'),
    kill: () => answer.kill(),
  };
  // says that the streams are there, as the real server does
  await message(channels.stdout, '');
  await scriptFor(process.argv, ownScripts)(process);
}

/** Sizes of a terminal from a stream of JSON: several may come joined, one may come split. */
function sizeReader() {
  let text = '';
  return (payload) => {
    const parts = (text + payload.toString()).split(/(?<=\})/);
    text = parts.at(-1).endsWith('}') ? '' : parts.pop();
    return parts.map((part) => JSON.parse(part));
  };
}

import { client, frame } from './wire-frames.js';

/** Seeded (mulberry32), so that a failing session can be sent again. */
export class Chance {
  constructor(private state: number) {}

  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

const SAMPLES: readonly Buffer[] = [
  client.query('SELECT 1'),
  client.query("SELECT 'a'; SELECT 2"),
  client.query('SELECT 1/0'),
  client.query('BEGIN'),
  client.query('ROLLBACK'),
  client.query('NOTIFY a'),
  client.parse('s', 'SELECT $1::int', [23]),
  client.parse('', 'SELECT 1'),
  client.bind('s', { values: ['1'] }),
  client.bind('', { results: 1 }),
  client.bind('', { portal: 'p' }),
  client.describeStatement('s'),
  client.describePortal('p'),
  client.execute('', 1),
  client.execute('p'),
  client.closeStatement('s'),
  client.sync(),
  client.sync(),
  client.flush(),
  client.functionCall(1598),
  frame('d', Buffer.from('1\n')),
  frame('c'),
  frame('f', Buffer.from('no\0')),
  client.password('late'),
];

/** Where a frame has structure: its type, its length, counts, terminators, single bits, its end. */
function damage(whole: Buffer, chance: Chance): Buffer {
  const damaged = Buffer.from(whole);
  const at = chance.below(damaged.length);
  switch (chance.below(8)) {
    case 0:
      damaged.writeUInt32BE(chance.pick([0, 3, 4, 5, 100, 10_001, 0x7fff_ffff, 0xffff_ffff]), 1);
      return damaged;
    case 1:
      damaged[0] = chance.below(256);
      return damaged;
    case 2:
      if (at + 2 <= damaged.length) damaged.writeUInt16BE(chance.pick([0, 1, 2, 255, 0xffff]), at);
      return damaged;
    case 3:
      damaged[at] = 0;
      return damaged;
    case 4:
      damaged[at] = damaged[at]! ^ (1 << chance.below(8));
      return damaged;
    case 5:
      return damaged.subarray(0, at);
    case 6:
      return frame(String.fromCharCode(damaged[0]!), damaged.subarray(5, Math.max(5, at)));
    default:
      return Buffer.concat([damaged.subarray(0, at), Buffer.from([chance.below(256)]), damaged.subarray(at)]);
  }
}

function stream(samples: readonly Buffer[], chance: Chance): Buffer {
  const frames: Buffer[] = [];
  for (let i = chance.below(12); i >= 0; i--) {
    const next = chance.pick(samples);
    frames.push(chance.below(4) === 0 ? damage(next, chance) : next);
  }
  return Buffer.concat(frames);
}

/** What a hostile client sends once it is logged in. */
export const hostileSession = (chance: Chance): Buffer => stream(SAMPLES, chance);

/** What a hostile client says first: packets without a type, some after one another. */
export function hostileStart(user: string, chance: Chance): Buffer {
  const startup = client.startup({ user, database: 'frail' }, chance.pick([196_608, 196_610, 205_617, 131_072]));
  const requests = [client.sslRequest(), client.gssRequest(), client.cancelRequest(1, Buffer.alloc(4))];
  return stream([startup, startup, ...requests], chance);
}

/** What a hostile client says when it is asked who it is. */
export function hostileLogin(chance: Chance): Buffer {
  const scram = Buffer.from('SCRAM-SHA-256\0\0\0\0\x14n,,n=,r=abcdefghijklm');
  return stream(
    [client.password('a.b.c'), frame('p', scram), frame('p', Buffer.from([1])), client.terminate()],
    chance,
  );
}

/** Pieces of any size. */
export function pieces(whole: Buffer, chance: Chance): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < whole.length;) {
    const end = Math.min(whole.length, at + chance.pick([1, 2, 5, 7, 64, whole.length]));
    cut.push(whole.subarray(at, end));
    at = end;
  }
  return cut;
}

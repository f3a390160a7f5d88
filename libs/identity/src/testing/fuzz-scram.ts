import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { ScramError, ScramServer } from '../scram-server.js';
import { scramVerifier } from '../scram-verifier.js';

/** What a run of hostile SCRAM exchanges came to; every error but ScramError is thrown on, with its seed. */
export interface ScramFuzzReport {
  readonly exchanges: number;
  readonly accepted: number;
  readonly refused: number;
}

const secret = 'correct horse battery staple';
const salt = Buffer.alloc(16, 9);
const verifier = scramVerifier(secret, salt);
const saltedPassword = pbkdf2Sync(secret, salt, verifier.iterations, 32, 'sha256');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest();
const clientKey = hmac(saltedPassword, 'Client Key');
const storedKey = createHash('sha256').update(clientKey).digest();
const binding = Buffer.alloc(32, 3);

/** mulberry32 */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** Another message than the one given, damaged where it has structure: separators, names, bytes, its end. */
function damage(message: string, below: (n: number) => number): string {
  const at = below(message.length);
  switch (below(7)) {
    case 0:
      return message.slice(0, at);
    case 1:
      return `${message.slice(0, at)}${String.fromCharCode(below(256))}${message.slice(at)}`;
    case 2:
      return message.replace(/,/u, below(2) === 0 ? ',,' : '');
    case 3:
      return `${message.slice(0, at)}${String.fromCharCode(message.charCodeAt(at) ^ (1 << below(8)))}${message.slice(at + 1)}`;
    case 4:
      return message.split(',').reverse().join(',');
    case 5:
      return message + message.slice(at);
    default:
      return message.replace(/^./u, ['n', 'y', 'p', ''][below(4)] ?? '') + ','.repeat(below(3));
  }
}

/** Runs `cases` seeded exchanges, most of them damaged. @throws Error when a damaged one is accepted, or breaks in another way */
export function fuzzScram(seed: number, cases: number): ScramFuzzReport {
  const report = { exchanges: 0, accepted: 0, refused: 0 };
  for (let i = 0; i < cases; i++) {
    const below = generator(seed + i);
    try {
      if (exchange(below)) report.accepted += 1;
      else report.refused += 1;
    } catch (error) {
      throw new Error(`seed ${seed + i} breaks SCRAM`, { cause: error });
    }
    report.exchanges += 1;
  }
  return report;
}

function exchange(below: (n: number) => number): boolean {
  const plus = below(2) === 0;
  const known = below(8) !== 0;
  const server = new ScramServer({ verifier, known }, plus ? binding : null, 'server-nonce');
  const header = plus ? 'p=tls-server-end-point,,' : 'n,,';
  const bare = 'n=,r=client-nonce';
  const whole = below(4) === 0;
  const where = below(2);
  const first = !whole && where === 0 ? damage(header + bare, below) : header + bare;
  try {
    const asked = server.first(plus ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256', Buffer.from(first, 'latin1'));
    const data = Buffer.concat([Buffer.from(header), plus ? binding : Buffer.alloc(0)]).toString('base64');
    const withoutProof = `c=${data},r=client-nonceserver-nonce`;
    const signature = hmac(storedKey, `${bare},${asked},${withoutProof}`);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString('base64');
    const right = `${withoutProof},p=${proof}`;
    const final = !whole && where === 1 ? damage(right, below) : right;
    server.final(Buffer.from(final, 'latin1'));
    if (!known || first !== header + bare || final !== right) throw new Error('a damaged exchange was accepted');
    return true;
  } catch (error) {
    if (error instanceof ScramError) return false;
    throw error;
  }
}

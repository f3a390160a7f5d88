import { BackendParser } from '../backend-parser.js';
import * as decoders from '../backend-messages.js';
import { FrontendParser } from '../frontend-parser.js';
import type { WireLimits } from '../limits.js';
import { ProtocolError } from '../protocol.error.js';
import { OAUTH_SEPARATOR, readOAuthBearer, readSaslInitialResponse } from '../sasl-messages.js';
import { negotiate, parseOptions } from '../startup-options.js';
import { StartupReader } from '../startup-packet.js';
import { bytes } from './bytes.js';
import { Random } from './random.js';
import { backendSamples, frontendSamples } from './samples.js';

/** What a run of hostile streams came to; every error but ProtocolError is thrown on, with its seed. */
export interface FuzzReport {
  readonly streams: number;
  readonly messages: number;
  readonly refused: number;
}

const LIMITS: WireLimits = { messageBytes: 1 << 20, backendMessageBytes: 1 << 20 };

const packets = [
  bytes().int32(196608).cstring('user').cstring('a').cstring('database').cstring('crm').int8(0),
  bytes().int32(196610).cstring('user').cstring('a').cstring('_pq_.x').cstring('1').int8(0),
  bytes().int32(205617).cstring('user').cstring('a').cstring('options').cstring('-c a=b --c-d=e\\ f').int8(0),
  bytes().int32(80877103),
  bytes().int32(80877104),
  bytes().int32(80877102).int32(1).int32(2),
  bytes().int32(80877102).int32(1).raw(Buffer.alloc(32, 7)),
];
const startupSamples = packets.map((packet) => packet.packet());

const separator = String.fromCharCode(OAUTH_SEPARATOR);
const bearer = `n,,${separator}auth=Bearer a.b-c_d.e~f+/==${separator}host=x${separator}${separator}`;
const scram = 'n,,n=,r=fyko+d2lbbFgONRv9qkxdawL';
const saslSamples = [
  bytes().cstring('SCRAM-SHA-256').int32(scram.length).ascii(scram).frame('p'),
  bytes().cstring('SCRAM-SHA-256-PLUS').int32(-1).frame('p'),
  bytes().cstring('OAUTHBEARER').int32(bearer.length).ascii(bearer).frame('p'),
  bytes().ascii('c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=').frame('p'),
  bytes().ascii(separator).frame('p'),
  frontendSamples['password'] as Buffer,
];

/** Damages a frame where its structure is: lengths, counts, terminators, single bits, its end. */
const damage = (frame: Buffer, random: Random): Buffer => {
  const damaged = Buffer.from(frame);
  const at = random.below(damaged.length);
  switch (random.below(8)) {
    case 0:
      damaged.writeUInt32BE(random.pick([0, 3, 4, 5, 10_001, 0x7fffffff, 0x80000000, 0xffffffff]), 1);
      return damaged;
    case 1:
      if (at + 2 <= damaged.length) damaged.writeUInt16BE(random.pick([0, 1, 2, 255, 0x7fff, 0xffff]), at);
      return damaged;
    case 2:
      if (at + 4 <= damaged.length) damaged.writeInt32BE(random.pick([-2, -1, 0, 1, 0x7fffffff, -0x80000000]), at);
      return damaged;
    case 3:
      damaged[at] = 0;
      return damaged;
    case 4:
      damaged[at] = (damaged[at] as number) ^ (1 << random.below(8));
      return damaged;
    case 5:
      return damaged.subarray(0, at);
    case 6: {
      // A sound frame around a body that ends too early or too late.
      const body =
        random.below(2) === 0
          ? damaged.subarray(5, Math.max(5, at))
          : Buffer.concat([damaged.subarray(5), random.bytes(3)]);
      return bytes()
        .raw(body)
        .frame(String.fromCharCode(damaged[0] as number));
    }
    default:
      return Buffer.concat([damaged.subarray(0, at), random.bytes(random.below(9)), damaged.subarray(at)]);
  }
};

const stream = (samples: readonly Buffer[], random: Random): Buffer => {
  const frames: Buffer[] = [];
  for (let i = random.below(6); i >= 0; i--) {
    const frame = random.pick(samples);
    frames.push(random.below(3) === 0 ? damage(frame, random) : frame);
  }
  return Buffer.concat(frames);
};

const cuts = function* (whole: Buffer, random: Random): Generator<Buffer> {
  for (let at = 0; at < whole.length;) {
    const end = Math.min(whole.length, at + random.pick([1, 2, 4, 5, 7, 64, whole.length]));
    yield whole.subarray(at, end);
    at = end;
  }
};

const scratch = new Int32Array(64);

const decode = (type: number, buffer: Buffer, start: number, end: number): void => {
  switch (String.fromCharCode(type)) {
    case 'T':
      decoders.readRowDescription(buffer, start, end);
      return;
    case 'E':
    case 'N':
      decoders.readErrorFields(buffer, start, end);
      return;
    case 'S':
      decoders.readParameterStatus(buffer, start, end);
      return;
    case 'K':
      decoders.readBackendKeyData(buffer, start, end);
      return;
    case 'Z':
      decoders.readReadyStatus(buffer, start, end);
      return;
    case 'C':
      decoders.rowCountOfTag(decoders.readCommandTag(buffer, start, end));
      return;
    case 'R':
      decoders.readAuthentication(buffer, start, end);
      return;
    case 'A':
      decoders.readNotification(buffer, start, end);
      return;
    case 't':
      decoders.readParameterDescription(buffer, start, end);
      return;
    case 'v':
      decoders.readNegotiateProtocolVersion(buffer, start, end);
      return;
    case 'D':
      decoders.walkDataRow(buffer, start, end, scratch);
      return;
    default:
      return;
  }
};

/** Feeds `cases` seeded hostile streams to every reader of the codec. The same seed gives the same run. */
export const fuzzWire = (seed: number, cases: number): FuzzReport => {
  const report = { streams: 0, messages: 0, refused: 0 };
  const frontend = Object.values(frontendSamples);
  const backend = Object.values(backendSamples);
  for (let i = 0; i < cases; i++) {
    const random = new Random(seed + i);
    try {
      switch (i % 4) {
        case 0:
          runFrontend(stream(frontend, random), random, report);
          break;
        case 1:
          runBackend(stream(backend, random), random, report);
          break;
        case 2:
          runStartup(stream(startupSamples, random), random, report);
          break;
        default:
          runLogin(stream(saslSamples, random), random, report);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw new Error(`seed ${seed + i} breaks the codec`, { cause: error });
      report.refused++;
    }
    report.streams++;
  }
  return report;
};

type Tally = { -readonly [K in keyof FuzzReport]: FuzzReport[K] };

const runFrontend = (whole: Buffer, random: Random, report: Tally): void => {
  const parser = new FrontendParser(LIMITS);
  for (const chunk of cuts(whole, random)) {
    report.messages += parser.push(chunk).length;
  }
};

const runBackend = (whole: Buffer, random: Random, report: Tally): void => {
  const parser = new BackendParser(LIMITS);
  for (const chunk of cuts(whole, random)) {
    parser.push(chunk, (type, buffer, start, end) => {
      report.messages++;
      decode(type, buffer, start, end);
    });
  }
};

const runStartup = (whole: Buffer, random: Random, report: Tally): void => {
  const reader = new StartupReader();
  for (const chunk of cuts(whole, random)) {
    for (let packet = reader.push(chunk); packet !== null; packet = reader.push(Buffer.alloc(0))) {
      report.messages++;
      if (packet.kind === 'direct-tls') return;
      if (packet.kind !== 'startup') continue;
      negotiate(packet.major, packet.minor, packet.protocolOptions);
      parseOptions(packet.parameters.get('options') ?? '');
    }
  }
};

/** What a client may say while it logs in: each message read in every way there is. */
const runLogin = (whole: Buffer, random: Random, report: Tally): void => {
  const parser = new FrontendParser(LIMITS, 'authentication');
  for (const chunk of cuts(whole, random)) {
    for (const message of parser.push(chunk)) {
      report.messages++;
      if (message.name !== 'password') continue;
      const initial = attempt(() => readSaslInitialResponse(message.bytes), report);
      attempt(() => readOAuthBearer(initial?.data ?? message.bytes), report);
    }
  }
};

const attempt = <T>(read: () => T, report: Tally): T | null => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    report.refused++;
    return null;
  }
};

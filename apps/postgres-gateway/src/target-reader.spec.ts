import { Journal, type JournalEntry } from '@app/audit';
import { type DescribedOperation, SessionLane } from '@app/gate';
import type { Principal } from '@app/identity';
import type { Decision } from '@app/policy';
import type { StatementDescription } from '@app/sql';
import { MaskedReads } from './masked-reads.js';
import { OutputBuffer } from './output-buffer.js';
import { PreparedNames } from './prepared-names.js';
import { ReplyQueue } from './reply-queue.js';
import type { SessionParts } from './session-parts.js';
import { StatementRun } from './statement-run.js';
import { TargetReader } from './target-reader.js';
import { TransactionLedger } from './transaction-ledger.js';

/** A record that is safe at once and can be read. */
class RememberingJournal extends Journal {
  override readonly epoch = '0'.repeat(32);
  override readonly state = 'open';
  override readonly stateReason = null;
  readonly entries: JournalEntry[] = [];

  override get durable(): number {
    return this.entries.length - 1;
  }

  override get written(): number {
    return this.durable;
  }

  override append(entry: JournalEntry): number {
    return this.entries.push(entry) - 1;
  }

  override onAdvance(): () => void {
    return () => undefined;
  }

  /** `op.end ok`, in order */
  get story(): string[] {
    return this.entries.map(({ kind, members }) => {
      const status = /"status":"([a-z]+)"/.exec(members)?.[1];
      return status === undefined ? kind : `${kind} ${status}`;
    });
  }
}

const alice: Principal = {
  iss: 'https://issuer.example',
  sub: 'alice',
  user: 'alice@example.com',
  groups: [],
  act: [],
  azp: null,
  purpose: null,
  method: 'oidc',
  acr: null,
  authTime: null,
  claims: {},
  jti: null,
  sid: null,
  expiresAt: Number.POSITIVE_INFINITY,
};

const allow: Decision = {
  effect: 'allow',
  rules: ['all'],
  message: null,
  code: 'rule',
  policy: 'sha256:0',
  obligations: { rowLimits: [] },
  approval: null,
  validUntil: Number.POSITIVE_INFINITY,
  cacheable: true,
};

const statement: StatementDescription = {
  verb: 'UPDATE',
  kinds: ['update'],
  effect: 'write',
  harmless: false,
  transaction: null,
  changes: { searchPath: false, catalog: false },
  objects: [],
  unresolved: [],
  returnsRows: false,
  lineage: 'unchecked',
  outputs: null,
  refusal: null,
  reads: [],
  writes: [],
  filters: [],
  missing: [],
  calls: [],
  protectedParameters: [],
  parameterClasses: [],
  oracles: [],
  withholds: 'nothing',
  copy: null,
  cursor: null,
  prepared: null,
  settings: [],
  unsupported: null,
  recordText: 'UPDATE t SET a = 1',
  strippedText: 'UPDATE t SET a = ?',
};

const described: DescribedOperation = {
  operation: {
    target: 'crm',
    protocol: 'postgres',
    effect: 'write',
    verb: 'UPDATE',
    kinds: ['update'],
    objects: [],
    reads: [],
    writes: [],
    attributes: {},
    capabilities: [],
  },
  harmless: false,
  finishes: false,
  doubt: null,
  stripped: statement.strippedText,
  statement: statement.recordText,
  hmac: '',
  refusal: null,
};

function message(letter: string, body: string): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(letter, 0, 'latin1');
  bytes.writeInt32BE(4 + body.length, 1);
  bytes.write(body, 5, 'latin1');
  return bytes;
}

/** A session in which `count` writes are under way as one simple query. */
function writesUnderWay(count: number) {
  const journal = new RememberingJournal();
  const released: Buffer[] = [];
  const lane = new SessionLane(
    {
      journal,
      decide: () => allow,
      denied: () => null,
      now: () => 0,
      newId: () => 'O',
      after: () => () => undefined,
      approvals: null,
    },
    {
      session: 'S',
      pid: 'u_1',
      principal: alice,
      target: 'crm',
      protocol: 'postgres',
      release: 'durable',
      aheadBytes: 1e6,
      address: '127.0.0.1',
    },
    {
      toTarget: () => undefined,
      toClient: (chunks) => released.push(...chunks.map((chunk) => Buffer.from(chunk))),
      resumed: () => undefined,
      end: () => undefined,
    },
    new Set(),
  );
  const parts: SessionParts = {
    profile: {
      detection: null,
      target: {
        name: 'crm',
        kind: 'postgres',
        postgres: { host: '127.0.0.1', port: 1, database: 'crm', tls: 'disable' },
        credential: { user: 'sallyport', password: null },
        release: 'durable',
        record: 'none',
      },
      strict: false,
      maskOf: () => ({ mode: 'null' }),
      masks: '',
      oracles: () => 'refuse',
      writeBack: { refuses: () => true, reads: new MaskedReads(() => undefined, Date.now) },
      keepRows: 0,
      chunkBytes: 1e6,
      chunkMs: 20,
    },
    lane,
    // only asked to cancel, which a write never needs
    upstream: null as never,
    replies: new ReplyQueue(),
    names: new PreparedNames(10),
    ledger: new TransactionLedger(),
    output: new OutputBuffer(),
  };
  const runs = Array.from({ length: count }, () => {
    const { admission } = lane.admit(described, []);
    if (admission === null) throw new Error('the write was refused');
    parts.ledger.admitted(admission, parts.replies.cycle);
    const sent = { text: 'UPDATE t SET a = 1', statement, described, parameters: [], values: () => Buffer.alloc(0) };
    return new StatementRun(admission, sent, 0);
  });
  const query = { kind: 'query' as const, runs, at: 0, changes: [] };
  parts.replies.push(query);
  const cuts: string[] = [];
  const reader = new TargetReader(parts, {
    isProtected: () => false,
    columnName: () => null,
    output: () => ({ dateStyle: 'ISO, MDY' }),
    cut: (reason) => cuts.push(reason),
    succeeded: () => undefined,
    refuse: () => undefined,
    skipToSync: () => undefined,
    ready: () => undefined,
    parameterChanged: (_name, value) => value,
    holdRows: () => Promise.resolve(null),
    end: () => undefined,
    resumed: () => undefined,
    targetFatal: () => undefined,
  });
  const answers = (...frames: Buffer[]): void => {
    for (const frame of frames) reader.onFrame(frame[0]!, frame, 0, frame.length);
    reader.onChunk();
  };
  return { journal, released, cuts, answers };
}

const done = message('C', 'UPDATE 1\0');
const failed = message('E', 'SERROR\0VERROR\0C22012\0Mdivision by zero\0\0');
const idle = message('Z', 'I');

describe('TargetReader', () => {
  it('records one result and one end of a write in a simple query', () => {
    const { journal, released, cuts, answers } = writesUnderWay(1);
    answers(done, idle);
    expect(journal.story).toEqual(['op.intent', 'op.result', 'op.end ok']);
    expect(Buffer.concat(released)).toEqual(Buffer.concat([done, idle]));
    expect(cuts).toEqual([]);
  });

  it('records one result and one end of a write that fails, and what follows it in the query as skipped', () => {
    const { journal, answers } = writesUnderWay(2);
    answers(failed, idle);
    expect(journal.story).toEqual([
      'op.intent',
      'op.intent',
      'op.result',
      'op.result',
      'op.end error',
      'op.end skipped',
    ]);
  });
});

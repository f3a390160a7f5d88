import type { StoredEvent } from '@app/store';
import { RecordLine } from '../operations/record-line.js';
import { timelineLines } from '../testing/recorded-timeline.js';
import { blockAfter } from './block-status.js';
import { readPlace, writePlace } from './replay-place.js';
import { type ReplayFrame, SessionReplay } from './session-replay.js';

const began = Date.parse('2026-11-22T12:00:00.000Z');

function frames(
  lines: typeof timelineLines,
  state: (body: object) => 'open' | 'erased' | 'unreadable' = () => 'open',
): ReplayFrame[] {
  const replay = new SessionReplay(began);
  return lines.flatMap(([kind, members, body], n) => {
    const line = Buffer.from(JSON.stringify(members));
    const ts = new Date(began + 100 * (n + 1));
    const event = { epoch: 'e', n, ts, line, type: kind, session: 'S', op: null, pid: null } as StoredEvent;
    const opened = {
      open: { state: 'open', body: body as Readonly<Record<string, unknown>> },
      erased: { state: 'erased' },
      unreadable: { state: 'unreadable', reason: 'its key is lost' },
    } as const;
    return replay.frames(new RecordLine(event), body === undefined ? undefined : opened[state(body)]);
  });
}

const all = frames(timelineLines);
const of = (op: string): ReplayFrame[] => all.filter(([, , data]) => data['op'] === op);

describe('the timeline of a session', () => {
  it('has its frames in the order of time', () => {
    expect(all.map(([, code]) => code).join('')).toBe('QCZQTDCQEZQCZQHAACQXQIC');
    const times = all.map(([ms]) => ms);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it('shows a read as it went: asked before it ended, with what was masked, and no more than 50 rows', () => {
    const [asked, described, rows, complete] = of('T-2');
    expect(asked).toMatchObject([
      270,
      'Q',
      {
        statement: 'SELECT id, email FROM customers WHERE id < $1',
        params: ['61'],
        verdict: 'allow',
        classes: ['email'],
      },
    ]);
    expect(described).toMatchObject([
      300,
      'T',
      {
        columns: [
          { name: 'id', masked: false },
          { name: 'email', masked: true },
        ],
      },
    ]);
    expect(rows?.[2]['rows']).toHaveLength(50);
    expect(complete).toEqual([
      300,
      'C',
      { op: 'T-2', status: 'ok', tag: 'SELECT 60', ms: 30, rows: 60, bytes: 1200, more: 10 },
    ]);
  });

  it('shows an error with its code and message, and what it does to the block', () => {
    expect(of('T-3').at(-1)).toMatchObject([
      600,
      'E',
      { status: 'error', code: '23505', message: 'a key value violates' },
    ]);
    expect(all.filter(([, code]) => code === 'Z')).toEqual([
      [200, 'Z', { status: 'T' }],
      [600, 'Z', { status: 'E' }],
      [800, 'Z', { status: 'I' }],
    ]);
    expect(of('T-4').at(-1)).toMatchObject([800, 'C', { settles: ['T-3'] }]);
  });

  it('asks once for what was held, and tells of the wait and the answer', () => {
    expect(of('T-5').map(([, code, data]) => [code, data['approval'], data['why'] ?? data['used']])).toEqual([
      ['Q', 'A-5', undefined],
      ['H', 'A-5', undefined],
      ['A', 'A-5', 'decided'],
      ['A', 'A-5', true],
      ['C', undefined, undefined],
    ]);
  });

  it('shows a refusal, what was sent in, and an outcome nobody knows', () => {
    expect(of('T-6').at(-1)).toMatchObject([1400, 'X', { code: 'rule', rule: 'no drops', message: 'Not here.' }]);
    expect(of('T-7').map(([, code, data]) => [code, data['status'] ?? data['count'] ?? null])).toEqual([
      ['Q', null],
      ['I', 1],
      ['C', 'unknown'],
    ]);
    expect(frames([['op.recovered', { old: { e: 'e', n: 1, o: 'T-9' }, status: 'unknown' }]])).toEqual([
      [100, 'C', { op: 'T-9', status: 'unknown', tag: null, recovered: true }],
    ]);
  });

  it.each([
    ['erased', { erased: true }],
    ['unreadable', { unreadable: 'its key is lost' }],
  ] as const)('says that a body is %s, and shows what the line keeps', (state, said) => {
    const [, , second] = frames(timelineLines, () => state).filter(([, code]) => code === 'Q');
    expect(second?.[2]).toMatchObject({
      statement: null,
      stripped: 'UPDATE customers SET email = ?',
      params: null,
      ...said,
    });
    const described = frames(timelineLines, () => state).find(([, code]) => code === 'T');
    expect(described?.[2]['columns']).toEqual([
      { name: 'id', masked: false },
      { name: 'email', masked: true },
    ]);
    expect(frames(timelineLines, () => state).some(([, code]) => code === 'D')).toBe(false);
  });

  it('goes on in the middle, and never backwards', () => {
    expect(frames(timelineLines.slice(1, 2))).toMatchObject([[100, 'C', { tag: 'BEGIN' }]]);
  });
});

describe('the status of a block', () => {
  it.each([
    ['I', 'BEGIN', 'BEGIN', 'ok', 'T'],
    ['I', 'START TRANSACTION', 'START TRANSACTION READ ONLY', 'ok', 'T'],
    ['T', 'SELECT', 'SELECT ?', 'error', 'E'],
    ['T', 'SELECT', 'SELECT ?', 'cancelled', 'E'],
    ['T', 'SELECT', 'SELECT ?', 'skipped', 'T'],
    ['I', 'SELECT', 'SELECT ?', 'error', 'I'],
    ['E', 'ROLLBACK', 'ROLLBACK TO SAVEPOINT a', 'ok', 'T'],
    ['E', 'ROLLBACK', 'ROLLBACK', 'ok', 'I'],
    ['T', 'ROLLBACK', 'ROLLBACK AND CHAIN', 'ok', 'T'],
    ['T', 'COMMIT', 'COMMIT', 'error', 'I'],
    ['T', 'COMMIT', 'COMMIT AND CHAIN', 'ok', 'T'],
    ['T', 'COMMIT', 'COMMIT AND NO CHAIN', 'ok', 'I'],
    ['E', 'COMMIT', 'COMMIT', 'ok', 'I'],
  ] as const)('%s, then %s (%s) %s: %s', (before, verb, stripped, status, after) => {
    expect(blockAfter(before, verb, stripped, status)).toBe(after);
  });
});

describe('a place in a timeline', () => {
  it('is found again', () => {
    const place = { epoch: 'a'.repeat(32), n: 7, ts: new Date(began) };
    expect(readPlace(writePlace(place))).toEqual(place);
  });

  it.each(['', 'x', Buffer.from('[1,2]').toString('base64url'), Buffer.from('{}').toString('base64url')])(
    'is not %j',
    (cursor) => {
      expect(readPlace(cursor)).toBeNull();
    },
  );
});

import { Keyboard } from './keys.js';
import { readDuration, readMoment } from './offsets.js';
import { TimelinePlayer } from './player.js';
import { renderFrame, renderHeader } from './render-frame.js';
import { search } from './search.js';
import { linesOf, readLine, type TimelineFrame } from './timeline.js';

async function* from<T>(...values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

describe('a line of a timeline', () => {
  it.each(['[]', '[1]', '["1","Q",{}]', '[1,"Q",null]', '{}', '7', '{"frames":1', 'null'])('is not %s', (text) => {
    expect(() => readLine(text)).toThrow();
  });

  it('is a header, a frame, an end, or nothing', () => {
    expect(readLine('{"format":"pg-replay/1"}')?.kind).toBe('header');
    expect(readLine('[1.5,"Q",{"op":"O"}]')).toEqual({ kind: 'frame', frame: [1.5, 'Q', { op: 'O' }] });
    expect(readLine('{"end":{"frames":1}}')?.kind).toBe('end');
    expect(readLine('')).toBeNull();
  });

  it('is found wherever the pieces were cut', async () => {
    expect(await all(linesOf(from('a\nb', 'b\n', '', '\nc')))).toEqual(['a', 'bb', '', 'c']);
  });
});

describe('a frame as text', () => {
  it.each<[TimelineFrame, string]>([
    [
      [
        61_230,
        'Q',
        { statement: 'SELECT 1\nFROM t', params: ['7', null], verdict: 'allow', rules: ['a', 'b'], classes: ['email'] },
      ],
      ' 0:01:01.230 Q SELECT 1\n               FROM t\n               $1 = "7"\n               $2 = null\n               -- allow · rules: a, b · classes: email',
    ],
    [
      [0, 'Q', { statement: null, stripped: 'SELECT ?', erased: true, verdict: 'allow' }],
      ' 0:00:00.000 Q SELECT ?  [body erased]\n               -- allow',
    ],
    [
      [
        1,
        'T',
        {
          columns: [
            { name: 'id', masked: false },
            { name: 'email', masked: true },
          ],
        },
      ],
      ' 0:00:00.001 T id | email*',
    ],
    [
      [
        1,
        'D',
        {
          rows: [
            ['7', '****'],
            [null, 'x'],
          ],
        },
      ],
      ' 0:00:00.001 D 7 | ****\n               NULL | x',
    ],
    [
      [1, 'C', { status: 'ok', tag: 'SELECT 1', ms: 3.1, rows: 1, bytes: 61, more: 0 }],
      ' 0:00:00.001 C SELECT 1 · 3.1 ms · 1 row, 61 bytes',
    ],
    [[1, 'C', { status: 'skipped', tag: null }], ' 0:00:00.001 C skipped · skipped'],
    [[1, 'E', { status: 'error', code: '23505', message: 'no' }], ' 0:00:00.001 E ERROR 23505: no'],
    [
      [1, 'X', { code: 'rule', rule: 'no drops', message: 'Not here.' }],
      ' 0:00:00.001 X BLOCKED (rule, rule "no drops"): Not here.',
    ],
    [[1, 'H', { approval: 'A-1' }], ' 0:00:00.001 H waits for approval A-1'],
    [[1, 'A', { approval: 'A-1', why: 'decided' }], ' 0:00:00.001 A the wait for approval A-1 ends: decided'],
    [[1, 'Z', { status: 'E' }], ' 0:00:00.001 Z in a failed transaction block'],
    [[1, 'later', { a: 1 }], ' 0:00:00.001 later {"a":1}'],
  ])('%j', (frame, expected) => {
    expect(renderFrame(frame)).toBe(expected);
  });

  it.each<TimelineFrame>([
    [1, 'Q', { statement: 'SELECT \u001b]52;c;aGk=\u0007\u009b31m', params: ['\u001b[2J'], verdict: '\u001b[1m' }],
    [1, 'D', { rows: [['\u001b[6n\u202e']] }],
    [1, 'T', { columns: [{ name: '\u001b[2J' }] }],
    [1, 'E', { code: '\u001b[1m', message: '\r\u001b[1A' }],
    [1, 'X', { message: '\u001b[1m', rule: '\u0000' }],
    [1, 'N', { notifications: [['c', '\u001b[1m', 1]] }],
    [1, 'new', { a: '\u001b[1m' }],
  ])('does not drive the terminal: %j', (...frame) => {
    for (const whole of [true, false])
      expect(renderFrame(frame as unknown as TimelineFrame, { whole })).not.toMatch(/[^\P{C}\n]/u);
  });

  it('of a session that is erased says so', () => {
    const header = {
      format: 'pg-replay/1',
      session: 'S',
      target: 'crm',
      principal: null,
      openedAt: 'T',
      closedAt: null,
      live: true,
      why: null,
      erased: true,
    };
    expect(renderHeader(header)).toContain('somebody who was erased on crm');
    expect(renderHeader(header)).toContain('Its bodies were erased');
  });
});

describe('moments', () => {
  it.each([
    ['90', 90_000],
    ['1.5', 1500],
    ['250ms', 250],
    ['1h30m2s', 5_402_000],
    ['', null],
    ['2x', null],
    ['-1', null],
    ['s', null],
  ])('%s is %s ms', (text, ms) => {
    expect(readDuration(text)).toBe(ms);
  });

  it('are times, too', () => {
    expect(readMoment('2026-11-22T12:00:05Z', '2026-11-22T12:00:00.000Z')).toBe(5000);
    expect(readMoment('yesterday', '2026-11-22T12:00:00.000Z')).toBeNull();
  });
});

const numbered = (count: number): TimelineFrame[] =>
  Array.from({ length: count }, (_, i) => [i * 1000, 'C', { status: 'ok', tag: `frame ${i + 1}` }]);

describe('a search', () => {
  const numbers = async (text: string, count = 12): Promise<string> =>
    (await all(search(from(...numbered(count)), text)))
      .map(({ number, hit, gap }) => `${gap ? '…' : ''}${hit ? '>' : ''}${number}`)
      .join(' ');

  it('shows what is around a match, once, and says where something was left out', async () => {
    expect(await numbers('frame 6')).toBe('…4 5 >6 7 8');
    expect(await numbers('FRAME 1')).toBe('>1 2 3 …8 9 >10 >11 >12');
    expect(await numbers('nothing')).toBe('');
  });

  it('finds what is not shown: values that are cut, and members without a place', async () => {
    const long: TimelineFrame = [1, 'D', { rows: [['x'.repeat(500) + 'needle']], op: 'O-77' }];
    expect(await all(search(from(long), 'needle'))).toHaveLength(1);
    expect(await all(search(from(long), 'o-77'))).toHaveLength(1);
  });
});

describe('the player', () => {
  /** Plays, and presses keys at the frames that are named. */
  async function played(
    count: number,
    presses: Readonly<Record<number, string>>,
    options: { speed?: number; maxWaitMs?: number } = {},
  ) {
    const seen: string[] = [];
    const waits: number[] = [];
    const keyboard = new Keyboard((text) => seen.push(`echo ${JSON.stringify(text)}`));
    const player = new TimelinePlayer(from(...numbered(count)), {
      speed: options.speed ?? 1,
      maxWaitMs: options.maxWaitMs ?? 60_000,
      keyboard,
      sleep: async (ms) => {
        waits.push(ms);
        await Promise.resolve();
      },
      show: (frame) => {
        const number = Number(String(frame[2]['tag']).slice('frame '.length));
        seen.push(String(number));
        const keys = presses[seen.filter((one) => /^\d+$/.test(one)).length];
        if (keys !== undefined) keyboard.push(keys);
      },
      say: (text) => seen.push(text),
    });
    await player.play();
    return { seen: seen.slice(1), waits };
  }

  it('waits as long as it took, no longer than it is told, and faster when asked', async () => {
    expect((await played(3, { 3: 'q' })).waits).toEqual([1000, 1000]);
    expect((await played(3, { 3: 'q' }, { maxWaitMs: 300 })).waits).toEqual([300, 300]);
    expect((await played(3, { 3: 'q' }, { speed: 10 })).waits).toEqual([100, 100]);
    expect((await played(3, {}, { speed: Number.POSITIVE_INFINITY })).waits).toEqual([]);
    expect((await played(4, { 1: '+', 4: 'q' })).waits).toEqual([500, 500, 500]);
  });

  it('stops at the end, where one can still look back, and quits', async () => {
    const { seen } = await played(2, { 2: '\u001b[D', 3: 'q' });
    expect(seen).toEqual(['1', '2', '1']);
  });

  it('pauses, steps and goes on', async () => {
    const { seen } = await played(4, { 1: '  ', 2: ' \u001b[C', 3: '\u001b[D', 4: ' ', 6: 'q' });
    expect(seen).toEqual(['1', 'paused', 'playing', '2', 'paused', '3', '2', 'playing', '3', '4']);
  });

  it('searches from where it is, onwards and back', async () => {
    const { seen } = await played(12, { 1: '/frame 1\r', 2: 'n', 3: 'N', 4: 'N', 5: 'q' });
    expect(seen.filter((one) => !one.startsWith('echo'))).toEqual(['1', '10', '11', '10', '1']);
    const none = await played(3, { 1: '/none\rNq' });
    expect(none.seen.slice(-2)).toEqual(['"none" is not found after this', '"none" is not found before this']);
    expect((await played(3, { 1: 'nq' })).seen.at(-1)).toBe('nothing was searched for yet: /TEXT');
  });

  it('takes what is typed behind / as text until Return, with Backspace, and nothing when it is given up', async () => {
    expect((await played(12, { 1: '/fq\u007frame 3\r', 2: 'q' })).seen.at(-1)).toBe('3');
    expect((await played(3, { 1: '/x\u0003q' })).seen.filter((one) => !one.startsWith('echo'))).toEqual(['1']);
  });

  it('plays through where nobody sits at a terminal, and tells when the source fails', async () => {
    const shown: number[] = [];
    const how = { speed: 1, maxWaitMs: 0, keyboard: null, sleep: () => Promise.resolve(), say: () => undefined };
    await new TimelinePlayer(from(...numbered(3)), { ...how, show: ([ms]) => void shown.push(ms) }).play();
    expect(shown).toEqual([0, 1000, 2000]);
    async function* broken(): AsyncGenerator<TimelineFrame> {
      yield await Promise.reject(new Error('broke off'));
    }
    await expect(new TimelinePlayer(broken(), { ...how, show: () => undefined }).play()).rejects.toThrow('broke off');
  });
});

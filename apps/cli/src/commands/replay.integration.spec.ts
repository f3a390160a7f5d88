import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { testAuthority } from '../../../../test/support/certificates.js';
import { AnsweringApi, StreamedAnswer } from '../testing/answering-api.js';
import { replayCommand } from './replay.command.js';

const recording = (operation: string, frames: unknown[], tty = false) => ({
  operation,
  session: 'S',
  target: 'prod',
  command: "sh -c 'ls'",
  tty,
  startedAt: '2026-11-22T12:00:00.000Z',
  durationMs: 400,
  frames,
  complete: true,
  erased: false,
});

const header = {
  format: 'pg-replay/1',
  session: 'S-pg',
  target: 'crm',
  principal: { user: 'alice@example.com' },
  openedAt: '2026-11-22T12:00:00.000Z',
  closedAt: '2026-11-22T12:00:05.000Z',
  live: false,
  why: 'client',
  erased: false,
};
const asked = [
  100,
  'Q',
  { op: 'O', statement: 'SELECT \u001b]52;c;aGk=\u0007 id', params: [], verdict: 'allow', rules: ['r'] },
];
const rows = [110, 'D', { op: 'O', rows: [['7', '****@example.com']] }];
const done = [3000, 'C', { op: 'O', status: 'ok', tag: 'SELECT 1', ms: 10, rows: 1, bytes: 61 }];
const blocked = [4000, 'X', { op: 'P', code: 'rule', rule: 'no drops', message: 'Not here.' }];
const end = (over: object) => ({ end: { frames: 1, live: false, why: 'client', next: 'c1', ...over } });
const timeline = (...lines: readonly unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const streamed = (...connections: readonly string[]) =>
  new StreamedAnswer(connections, 'application/x-ndjson; charset=utf-8');
const whole = timeline(header, asked, rows, done, blocked, end({}));

let api: AnsweringApi;
beforeAll(async () => {
  api = await AnsweringApi.start(testAuthority('spec'), {
    '/v1/operations/O-1/recording': recording('O-1', [
      [0, 'i', 'secret of stdin'],
      [10, 'o', 'one\n'],
      [300, 'e', 'two\n'],
      [310, 'o', { bytes: 5, sha256: 'ab' }],
      [400, 'x', '3'],
    ]),
    '/v1/operations/O-2/recording': recording('O-2', [[0, 'o', '\u001b]52;c;aGk=\u0007\u001b[31mred']], true),
    '/v1/sessions/S/recording': { items: [{ operation: 'O-2' }], next: 'more' },
    '/v1/sessions/S/recording?cursor=more': { items: [{ operation: 'O-1' }], next: null },
    '/v1/sessions/S-none/recording': { items: [], next: null },
    '/v1/sessions/S-pg/recording': streamed(...Array.from({ length: 20 }, () => whole)),
    '/v1/sessions/S-cut/recording': streamed(timeline(header, asked)),
    '/v1/operations/O-statement': { id: 'O-statement', protocol: 'postgres', session: 'S-main' },
    '/v1/sessions/S-odd/recording': streamed(timeline({ format: 'other/1' })),
    '/v1/sessions/S-empty/recording': streamed(timeline(header, end({ frames: 0 }))),
    '/v1/sessions/S-live/recording': streamed(timeline({ ...header, live: true }, asked, end({ live: true }))),
    '/v1/sessions/S-follow/recording?follow=true': streamed(
      timeline({ ...header, live: true }, asked, '', end({ live: true })).replace('""', ''),
    ),
    '/v1/sessions/S-follow/recording?after=c1&follow=true': streamed(timeline(header, done, end({}))),
  });
});
afterAll(() => api.stop());

describe('sallyport replay', () => {
  it.each([
    [['O-none'], 'nothing at /v1/operations/O-none/recording'],
    [['O-statement'], 'operation O-statement is a statement; "sallyport replay S-main" plays the session it ran in'],
    [['S-none'], 'session S-none has no recording'],
    [['S', '--cast', 'x'], 'has 2 recordings'],
    [['O-1', '--speed', '0'], '--speed is a number above 0'],
    [['O-1', '--cast-version', '1'], '--cast-version is 2 or 3'],
    [['O-1', '--max-wait', 'long'], '--max-wait is a duration'],
    [['O-1', '--search', 'x'], '--search is for sessions in PostgreSQL'],
    [['S-odd'], 'something else than a timeline'],
  ])('refuses %j and says why', async (args, message) => {
    const { code, out, err } = await api.run(replayCommand, args);
    expect({ code: code > 0, out, err }).toEqual({
      code: true,
      out: '',
      err: expect.stringContaining(message) as string,
    });
  });

  it('plays output as it was, and tells the rest beside it', async () => {
    const began = performance.now();
    const { out, err } = await api.run(replayCommand, ['O-1', '--speed', '2']);
    expect(performance.now() - began).toBeGreaterThan(140);
    expect(out).toBe('one\ntwo\n');
    expect(err).toContain("O-1 sh -c 'ls'");
    expect(err).toContain('[stdout: 5 bytes not kept');
    expect(err).toContain('[exit 3]');
    expect(out + err).not.toContain('secret of stdin');
  });

  it('does not let a recording drive the terminal', async () => {
    const { out } = await api.run(replayCommand, ['O-2', '--no-wait']);
    expect(out).toBe('\u001b[31mred\u001b[0m\u001b[?25h\n');
  });

  it('plays all of a session, oldest first', async () => {
    const { err } = await api.run(replayCommand, ['S', '--no-wait']);
    expect(err.indexOf('O-1')).toBeLessThan(err.indexOf('O-2'));
  });

  it('writes an asciicast that only its owner reads', async () => {
    const { code, out } = await api.run(replayCommand, ['O-1', '--cast', 'one.cast', '--cast-version', '3']);
    const file = join(api.folder, 'one.cast');
    expect({ code, out }).toEqual({ code: 0, out: `${file}\n` });
    expect(JSON.parse(readFileSync(file, 'utf8').split('\n', 1)[0] ?? '')).toMatchObject({ version: 3 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('sallyport replay of a session in PostgreSQL', () => {
  it('plays what was asked, decided, answered and refused, and does not let it drive the terminal', async () => {
    const { code, out, err } = await api.run(replayCommand, ['S-pg', '--speed', 'max']);
    expect({ code, out }).toEqual({
      code: 0,
      out:
        ' 0:00:00.100 Q SELECT \\u{1b}]52;c;aGk=\\u{7} id\n               -- allow · rules: r\n' +
        ' 0:00:00.110 D 7 | ****@example.com\n' +
        ' 0:00:03.000 C SELECT 1 · 10 ms · 1 row, 61 bytes\n' +
        ' 0:00:04.000 X BLOCKED (rule, rule "no drops"): Not here.\n',
    });
    expect(err).toContain('session S-pg of alice@example.com on crm');
  });

  it('waits no longer than it is told', async () => {
    const began = performance.now();
    await api.run(replayCommand, ['S-pg', '--max-wait', '40ms']);
    // between the four frames: 10, 40 and 40 ms
    expect(performance.now() - began).toBeGreaterThan(80);
  });

  it('plays a part', async () => {
    const { out } = await api.run(replayCommand, [
      'S-pg',
      '--no-wait',
      '--from',
      '1s',
      '--to',
      '2026-11-22T12:00:03.500Z',
    ]);
    expect(out).toBe(' 0:00:03.000 C SELECT 1 · 10 ms · 1 row, 61 bytes\n');
    const { code, err } = await api.run(replayCommand, ['S-pg', '--no-wait', '--from', 'noon']);
    expect([code, err]).toEqual([2, expect.stringContaining('--from is a duration') as string]);
  });

  it('finds what was said in it, and says when nothing is', async () => {
    const { code, out } = await api.run(replayCommand, ['S-pg', '--search', 'NOT HERE']);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}…\n {6}2 .*\n {6}3 .*\n> {5}4 +0:00:04\.000 X BLOCKED/);
    const none = await api.run(replayCommand, ['S-pg', '--search', 'nobody\u001b']);
    expect(none).toEqual({
      code: 1,
      out: '',
      err: expect.stringContaining('nothing in it says "nobody\\u{1b}"') as string,
    });
  });

  it('gives its lines as they are', async () => {
    expect((await api.run(replayCommand, ['S-pg', '--json'])).out).toBe(whole);
    expect((await api.run(replayCommand, ['S-pg', '--json', '--search', 'not here'])).out).toBe(timeline(blocked));
  });

  it('writes an asciicast', async () => {
    const { code } = await api.run(replayCommand, ['S-pg', '--cast', 'pg.cast']);
    const [first = '', second = ''] = readFileSync(join(api.folder, 'pg.cast'), 'utf8').split('\n');
    expect([code, JSON.parse(first)]).toMatchObject([
      0,
      { version: 2, command: 'postgres crm', timestamp: 1795348800 },
    ]);
    expect(JSON.parse(second)).toEqual([0.1, 'o', expect.stringContaining('Q SELECT') as string]);
  });

  it('says that nothing was asked, that it goes on, and that an answer broke off', async () => {
    expect((await api.run(replayCommand, ['S-empty', '--no-wait'])).err).toContain('nothing was asked in it');
    expect((await api.run(replayCommand, ['S-live', '--no-wait'])).err).toContain('--follow waits');
    const cut = await api.run(replayCommand, ['S-cut', '--no-wait']);
    expect([cut.code, cut.err]).toEqual([1, expect.stringContaining('the answer broke off') as string]);
  });

  it('follows a session that runs to its end', async () => {
    const { code, out, err } = await api.run(replayCommand, ['S-follow', '--follow', '--no-wait']);
    expect([code, out.match(/ [QC] /g), err.includes('goes on')]).toEqual([0, [' Q ', ' C '], false]);
  });

  it('is played by the keys of a terminal', async () => {
    let hear: (text: string) => void = () => undefined;
    let given = false;
    const keys = {
      listen: (heard: (text: string) => void) => {
        hear = heard;
        return () => void (given = true);
      },
    };
    const playing = api.run(replayCommand, ['S-pg', '--speed', '0.001'], undefined, keys);
    await vi.waitFor(() => expect(api.told).toContain('space: pause'));
    hear('\u001b[C\u001b[C/not here\rq');
    const { code, out } = await playing;
    expect([code, given]).toEqual([0, true]);
    expect(out.match(/ [QDCX] /g)?.at(-1)).toBe(' X ');
  });
});

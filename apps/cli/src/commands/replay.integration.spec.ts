import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { testAuthority } from '../../../../test/support/certificates.js';
import { AnsweringApi } from '../testing/answering-api.js';
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
  });
});
afterAll(() => api.stop());

describe('sallyport replay', () => {
  it.each([
    [['O-none'], 'nothing at /v1/operations/O-none/recording'],
    [['S-none'], 'session S-none has no recording'],
    [['S', '--cast', 'x'], 'has 2 recordings'],
    [['O-1', '--speed', '0'], '--speed is a number above 0'],
    [['O-1', '--cast-version', '1'], '--cast-version is 2 or 3'],
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

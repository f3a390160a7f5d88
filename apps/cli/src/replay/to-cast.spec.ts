import type { RecordedFrame, Recording } from './recording.js';
import { SafeText } from './safe-text.js';
import { type CastOptions, toCast } from './to-cast.js';

function recording(frames: readonly RecordedFrame[], replaced: Partial<Recording> = {}): Recording {
  return {
    operation: '01JD',
    command: 'sh -c top',
    tty: true,
    startedAt: '2026-11-22T12:00:00.500Z',
    frames,
    ...replaced,
  };
}

function events(frames: readonly RecordedFrame[], options?: CastOptions, replaced?: Partial<Recording>): unknown[] {
  const [, ...lines] = toCast(recording(frames, replaced), options).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe('an asciicast', () => {
  it('of version 2 has absolute times, and the first size in its header', () => {
    const cast = toCast(
      recording([
        [3, 'r', '132x43'],
        [40, 'o', '$ '],
        [1500, 'i', 'ls\r'],
        [1510, 'e', 'oh'],
        [2000, 'r', '80x24'],
        [2500, 'x', '3'],
      ]),
    );
    expect(cast).toBe(
      '{"version":2,"width":132,"height":43,"timestamp":1795348800,"command":"sh -c top","title":"01JD sh -c top","env":{"TERM":"xterm-256color"}}\n' +
        '[0.04,"o","$ "]\n[1.5,"i","ls\\r"]\n[1.51,"o","oh"]\n[2,"r","80x24"]\n[2.5,"m","exit 3"]\n',
    );
  });

  it('of version 3 has intervals, and an exit', () => {
    const cast = toCast(
      recording(
        [
          [40, 'o', 'a'],
          [1540, 'o', 'b'],
          [1600, 'x', '0'],
        ],
        { startedAt: undefined },
      ),
      {
        version: 3,
      },
    );
    expect(cast).toBe(
      '{"version":3,"term":{"cols":80,"rows":24,"type":"xterm-256color"},"command":"sh -c top","title":"01JD sh -c top"}\n' +
        '[0.04,"o","a"]\n[1.5,"o","b"]\n[0.06,"x","0"]\n',
    );
  });

  it('has what was recorded in the order of time, whatever the order of the record', () => {
    expect(
      events([
        [20, 'o', 'later'],
        [5, 'i', 'earlier'],
      ]),
    ).toEqual([
      [0.005, 'i', 'earlier'],
      [0.02, 'o', 'later'],
    ]);
  });

  it('has no size of nothing, as a client without a terminal tells it', () => {
    const cast = toCast(
      recording([
        [1, 'r', '0x0'],
        [9, 'r', '90x30'],
      ]),
    );
    expect(cast).toContain('"width":90,"height":30');
    expect(cast.split('\n')).toHaveLength(2);
  });

  it('leaves out what was typed where it is not wanted', () => {
    expect(
      events(
        [
          [5, 'i', 'secret'],
          [6, 'o', 'x'],
        ],
        { input: false },
      ),
    ).toEqual([[0.006, 'o', 'x']]);
  });

  it('puts characters together that were cut between frames', () => {
    const euro = Buffer.from('€');
    const b64 = (from: number, to: number) => ({ b64: euro.subarray(from, to).toString('base64') });
    expect(
      events([
        [1, 'o', b64(0, 1)],
        [2, 'e', 'E'],
        [3, 'o', b64(1, 3)],
        [4, 'o', b64(0, 2)],
      ]),
    ).toEqual([
      [0.002, 'o', 'E'],
      [0.003, 'o', '€'],
      [0.004, 'o', '\ufffd'],
    ]);
  });

  it('begins lines for output that no terminal made', () => {
    const frames: RecordedFrame[] = [
      [1, 'o', 'a\nb\r'],
      [2, 'o', '\nc\n'],
    ];
    expect(events(frames, {}, { tty: false })).toEqual([
      [0.001, 'o', 'a\r\nb\r'],
      [0.002, 'o', '\nc\r\n'],
    ]);
    expect(events(frames)).toEqual([
      [0.001, 'o', 'a\nb\r'],
      [0.002, 'o', '\nc\n'],
    ]);
  });

  it('marks what is not kept, in one marker per stretch', () => {
    const frames: RecordedFrame[] = [
      [1, 'o', { bytes: 10, sha256: 'aa' }],
      [2, 'o', { bytes: 5, sha256: 'bb', unmasked: true }],
      [3, 'i', { bytes: 7, sha256: 'cc' }],
      [9, 'x', '0'],
    ];
    expect(events(frames, { version: 3 })).toEqual([
      [0.001, 'm', 'stdout: 15 bytes not kept, passed unmasked, sha256 bb'],
      [0.002, 'm', 'stdin: 7 bytes not kept, sha256 cc'],
      [0.006, 'x', '0'],
    ]);
  });
});

describe('output that a terminal shows again', () => {
  const safe = (...chunks: string[]): string => {
    const text = new SafeText();
    return chunks.map((chunk) => text.push(chunk)).join('') + text.finish();
  };

  it.each([
    ['a title', 'a\u001b]0;owned\u0007b', 'ab'],
    ['the clipboard', 'a\u001b]52;c;cm0gLXJm\u001b\\b', 'ab'],
    ['a device string', 'a\u001bP+q544e\u001b\\b', 'ab'],
    ['a string of one character', 'a\u009d0;x\u009cb', 'ab'],
    ['a question for the cursor', 'a\u001b[6nb', 'ab'],
    ['a question for the title', 'a\u001b[21tb', 'ab'],
    ['a question for a mode', 'a\u001b[?25$pb', 'ab'],
    ['a question for the version', 'a\u001b[>qb', 'ab'],
    ['a question for the name', 'a\u001bZb', 'ab'],
  ])('has no %s', (_, text, expected) => {
    expect(safe(text)).toBe(expected);
    expect(safe(...Array.from(text))).toBe(expected);
  });

  it('keeps what only draws', () => {
    const text = '\u001b[1;31mred\u001b[0m\u001b[2J\u001b[2 q\u001b7\u001b(Bé€😀\u009b1mx';
    expect(safe(text)).toBe(text);
    expect(safe(...Array.from(text))).toBe(text);
  });

  it('hides nothing behind a string that does not end', () => {
    expect(safe(`\u001b]0;${'rm -rf / '.repeat(1000)}`)).toContain('rm -rf / '.repeat(500));
    expect(safe('\u001b]0;rm -rf /')).toBe('\ufffd]0;rm -rf /');
  });
});

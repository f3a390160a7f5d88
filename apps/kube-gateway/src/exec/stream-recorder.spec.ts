import { createHash } from 'node:crypto';
import { StreamRecorder } from './stream-recorder.js';

const noMasks = (): number => 0;
const rows = (recorder: StreamRecorder): unknown => JSON.parse(`[${recorder.take(noMasks).recorded}]`);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function recorder(keep = 1_000_000, masking = false, copy?: (bytes: Uint8Array) => Uint8Array) {
  let now = 0;
  const recording = { keep, elapsed: () => now };
  return { record: new StreamRecorder(recording, masking, copy), recording, at: (ms: number) => (now = ms) };
}

describe('recorded frames', () => {
  it('of one channel are merged, with the time of the first', () => {
    const { record, at } = recorder();
    at(1.4);
    record.add('o', Buffer.from('a'), true);
    at(3);
    record.add('o', Buffer.from('b'), true);
    record.add('e', Buffer.from('c'), true);
    record.note('r', '80x24');
    record.add('o', Buffer.from('d'), true);
    record.note('x', '0');
    expect(rows(record)).toEqual([
      [1, 'o', 'ab'],
      [3, 'e', 'c'],
      [3, 'r', '80x24'],
      [3, 'o', 'd'],
      [3, 'x', '0'],
    ]);
    expect(record.empty).toBe(true);
    expect(rows(record)).toEqual([]);
  });

  it('are counted', () => {
    const { record } = recorder();
    record.add('o', Buffer.from('é'), true);
    record.note('x', '0');
    expect(record.take(() => 3)).toMatchObject({ rows: 2, bytes: 2, values: [2, 2, 3] });
    expect(record.take(noMasks)).toMatchObject({ rows: 0, bytes: 0, recorded: '' });
  });

  it('are text where they are text, torn characters apart, and base64 where not', () => {
    const { record } = recorder();
    record.add('o', Buffer.from([0x61, 0xe2, 0x82]), true);
    record.add('e', Buffer.from([0xff, 0x00]), true);
    expect(rows(record)).toEqual([
      [0, 'o', 'a'],
      [0, 'o', { b64: '4oI=' }],
      [0, 'e', { b64: '/wA=' }],
    ]);
  });

  it('beyond what is kept are counted, and hashed over all of them', () => {
    const { record, recording } = recorder(10);
    record.add('i', Buffer.from('12345678'), true);
    record.add('o', Buffer.from('long output'), true);
    record.add('i', Buffer.from('9'), true);
    const first = rows(record);
    record.add('o', Buffer.from('more'), true);
    expect(first).toEqual([
      [0, 'i', '12345678'],
      [0, 'o', { bytes: 11, sha256: sha256('long output') }],
      [0, 'i', { bytes: 1, sha256: sha256('9') }],
    ]);
    expect(rows(record)).toEqual([[0, 'o', { bytes: 4, sha256: sha256('long outputmore') }]]);
    expect(recording.keep).toBe(0);
  });

  it('say what passed unmasked, where patterns are configured', () => {
    const { record } = recorder(10, true);
    record.add('o', Buffer.from('archive'), false);
    record.add('o', Buffer.from('masked, but too long'), true);
    expect(rows(record)).toEqual([
      [0, 'o', { bytes: 7, sha256: sha256('archive'), unmasked: true }],
      [0, 'o', { bytes: 20, sha256: sha256('archivemasked, but too long') }],
    ]);
  });

  it('hold the masked copy of what is typed', () => {
    const { record } = recorder(1000, true, (bytes) =>
      Buffer.from(Buffer.from(bytes).toString().replace('secret', '***')),
    );
    record.add('i', Buffer.from('my sec'), true);
    record.add('i', Buffer.from('ret'), true);
    expect(rows(record)).toEqual([[0, 'i', 'my ***']]);
  });
});

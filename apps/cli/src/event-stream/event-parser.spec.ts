import { EventParser } from './event-parser.js';

const stream =
  ': hello\r\nretry: 3000\r\n\r\nid: 7\nevent: approval\ndata: {"a":\ndata: 1}\n\ndata: last\r\rid\ndata\n\n';
const events = [
  { type: 'approval', data: '{"a":\n1}' },
  { type: 'message', data: 'last' },
  { type: 'message', data: '' },
];

describe('EventParser', () => {
  it.each([1, 2, 3, 5, 1000])('reads the same from pieces of %i characters', (size) => {
    const parser = new EventParser();
    const found = [];
    for (let at = 0; at < stream.length; at += size) found.push(...parser.push(stream.slice(at, at + size)));
    expect(found).toEqual(events);
    expect(parser.retryMs).toBe(3000);
    expect(parser.lastEventId).toBe('');
  });

  it('says nothing of an event that is not complete', () => {
    const parser = new EventParser();
    expect(parser.push('data: half\n')).toEqual([]);
    expect(parser.push('event: nothing\n\n')).toEqual([{ type: 'nothing', data: 'half' }]);
    expect(parser.push('event: nothing\n\n')).toEqual([]);
  });

  it('refuses an event without an end', () => {
    const parser = new EventParser();
    expect(() => parser.push(`data: ${'x'.repeat(5 * 1024 * 1024)}`)).toThrow('longer than any should be');
  });

  it('takes no odd retry and no id with a NUL', () => {
    const parser = new EventParser();
    parser.push('retry: soon\nid: a\0b\n\n');
    expect([parser.retryMs, parser.lastEventId]).toEqual([null, null]);
  });
});

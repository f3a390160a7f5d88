import { NO_PREVIOUS, bodyHash, chainDigest, leafHash } from './chain.js';
import { crc32c } from './crc32c.js';
import { jsonString, linePrefix, parseLineHead, renderLine } from './line.js';

const epoch = '0123456789abcdef0123456789abcdef';
const line = (n: number, previous = NO_PREVIOUS, members = '"s":"S"'): string =>
  renderLine(linePrefix(epoch), n, previous, '2026-11-22T10:00:00.000Z', 'op', members, '');

describe('a line', () => {
  it.each([
    ['another version', line(0).replace('"v":1', '"v":2')],
    ['members in another order', line(0).replace(/("e":"\w+"),("n":0)/, '$2,$1')],
    ['a number with a leading zero', line(0).replace('"n":0', '"n":00')],
    ['an upper-case hash', line(0, 'A'.repeat(64))],
    ['a time that is none', line(0).replace('11-22', '13-45')],
    ['a line end inside', line(0, NO_PREVIOUS, '"s":"a\nb"')],
    ['more than 65 535 bytes', line(0, NO_PREVIOUS, `"s":"${'x'.repeat(65_535)}"`)],
    ['a cut-off end', line(0).slice(0, -1)],
  ])('is refused with %s', (_, text) => {
    expect(parseLineHead(Buffer.from(text))).toBeNull();
  });

  it('is one JSON object whose first members are v, e, n, p, t, k', () => {
    const text = renderLine(
      linePrefix(epoch),
      7,
      'ab'.repeat(32),
      '2026-11-22T10:00:00.123Z',
      'op.intent',
      '"s":"S"',
      ',"bh":"x"',
    );
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['v', 'e', 'n', 'p', 't', 'k', 's', 'bh']);
    expect(parseLineHead(Buffer.from(text))).toEqual({
      epoch,
      n: 7,
      previous: 'ab'.repeat(32),
      at: Date.UTC(2026, 10, 22, 10, 0, 0, 123),
      kind: 'op.intent',
    });
  });

  it('stands alone without members', () => {
    expect(JSON.parse(line(0, NO_PREVIOUS, ''))).toMatchObject({ k: 'op', n: 0 });
  });
});

describe('a JSON string', () => {
  it.each(['plain', 'quote " and \\', 'line\nend', '\u0000', 'ü€😀', '\ud800 alone', '\u2028'])(
    'says exactly %j',
    (text) => {
      expect(JSON.parse(jsonString(text))).toBe(text);
      expect(JSON.parse(Buffer.from(jsonString(text)).toString())).toBe(text);
    },
  );
});

describe('the chain', () => {
  it('breaks where a line names another predecessor', () => {
    expect(chainDigest('ff'.repeat(32), Buffer.from(line(1)))).toBeNull();
  });

  it('goes on with SHA-256 of a zero byte and the line', () => {
    // printf '\0abc' | sha256sum
    expect(leafHash(Buffer.from('abc')).toString('hex')).toBe(
      '609f6e36d2405585188d5cfd761f407c7cc46a7d3f314c88270469dde315fcd1',
    );
    const first = Buffer.from(line(0));
    expect(chainDigest(NO_PREVIOUS, first)).toBe(leafHash(first).toString('hex'));
  });

  it('hides a body behind its salt', () => {
    const body = Buffer.from('{}');
    expect(bodyHash(Buffer.alloc(32, 1), body)).not.toBe(bodyHash(Buffer.alloc(32, 2), body));
  });
});

describe('crc32c', () => {
  it('gives the values of RFC 3720', () => {
    expect(crc32c(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff), 0, 32)).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from('123456789'), 0, 9)).toBe(0xe3069283);
  });

  it('goes on from a seed as over one text', () => {
    const bytes = Buffer.from('123456789');
    expect(crc32c(bytes, 4, 9, crc32c(bytes, 0, 4))).toBe(crc32c(bytes, 0, 9));
  });
});

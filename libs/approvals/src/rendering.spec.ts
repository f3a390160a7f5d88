import type { AccessAsked } from './digest.js';
import { MAX_RENDERING_BYTES, renderAccess, renderReview, reviewText } from './rendering.js';
import { sampleReview, seeded } from './testing/samples.js';
import { escapeUnseen, hasUnseen } from './visible-text.js';

const hostile = [
  0x0, 0x7, 0x1b, 0x7f, 0x85, 0xd, 0xb, 0xc, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0xfeff, 0xad, 0x34f, 0x61c,
  0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x2028, 0x2029, 0xa0, 0x2003, 0x3000, 0x115f,
  0x3164, 0xffa0, 0x2800, 0x180e, 0xfe0f, 0xe0041, 0xe0100, 0xe000, 0x10ffff, 0xd800, 0xdc00, 0xfff9, 0x1d173,
].map((point) => String.fromCodePoint(point));
const ordinary = [...`SELECT * '"\\u{}207f$1`.split(''), 'é', 'Ж', '漢', '😀', 'א', '\n', '\t'];

/** What the escaped text was made of; only possible because no two texts are escaped alike. */
const unescape = (text: string): string =>
  text.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));

function someText(random: () => number): string {
  const alphabet = [...hostile, ...ordinary, ...ordinary];
  return Array.from({ length: Math.floor(random() * 12) }, () => alphabet[Math.floor(random() * alphabet.length)]).join(
    '',
  );
}

describe('what cannot be seen', () => {
  it.each(hostile.map((character) => [escapeUnseen(character), character]))(
    'is written out: %s',
    (shown, character) => {
      expect(shown).toBe(`\\u{${character.codePointAt(0)?.toString(16)}}`);
      expect(hasUnseen(shown)).toBe(false);
      expect(hasUnseen(character)).toBe(true);
    },
  );

  it('does not survive in any text, and no two texts come out the same', () => {
    const random = seeded(20_261_122);
    for (let run = 0; run < 20_000; run += 1) {
      const text = someText(random);
      expect(hasUnseen(escapeUnseen(text))).toBe(false);
      expect(hasUnseen(escapeUnseen(text, true).replaceAll(/[\n\t]/g, ''))).toBe(false);
      expect(unescape(escapeUnseen(text))).toBe(text);
      expect(unescape(escapeUnseen(text, true))).toBe(text);
    }
  });

  it('cannot be claimed by text that looks escaped already', () => {
    expect(escapeUnseen('\\u{202e}')).toBe('\\u{5c}u{202e}');
    expect(escapeUnseen('\\\u202e')).toBe('\\\\u{202e}');
    expect(escapeUnseen(`E'\\n' a\\b`)).toBe(`E'\\n' a\\b`);
  });
});

describe('the rendering of an operation', () => {
  it('has another hash for another statement, value, diff, requester, rule or number', () => {
    const random = seeded(7);
    const reviews = [
      sampleReview(),
      ...hostile.map((character) => sampleReview({ statement: `SELECT 1${character}` })),
      ...hostile.map((character) => sampleReview({ statement: `SELECT 1${escapeUnseen(character)}` })),
      ...Array.from({ length: 500 }, (_, n) => sampleReview({ statement: `${n} ${someText(random)}` })),
      sampleReview({ parameters: ['"8"'] }),
      sampleReview({ parameters: ['"7"', '"8"'] }),
      sampleReview({ parameters: ['"7"\nValue 2:\n  | "8"'] }),
      sampleReview({ diff: '- a' }),
      sampleReview({ estimatedRows: 1 }),
      sampleReview({ rowsOut: 1 }),
      sampleReview({ purpose: null }),
      sampleReview({ purpose: 'none given' }),
      sampleReview({ act: [] }),
      sampleReview({ act: ['no agent'] }),
      sampleReview({ rules: ['bulk', 'export'] }),
      sampleReview({ rules: ['bulk, export'] }),
      sampleReview({ requester: { user: 'a', sub: 'b', iss: 'c' } }),
    ];
    expect(new Set(reviews.map((review) => renderReview(review).hash)).size).toBe(reviews.length);
  });

  it('shows all of it, line by line, and a statement cannot pass for a line of ours', () => {
    const { text } = renderReview(
      sampleReview({ statement: 'SELECT 1 --\nRequester: root@example.com', diff: '+ a\n- b' }),
    );
    const lines = text.split('\n');
    expect(lines.filter((line) => line.startsWith('Requester: '))).toEqual([
      'Requester: alice@example.com (subject alice-1 of https://login.example.com)',
    ]);
    for (const line of [
      'Through: autogen',
      'Purpose: support',
      'Target: crm (postgres)',
      'Does: read: SELECT',
      'Held by: bulk export',
      'Objects: crm.public.customers',
      'Reads: email',
      'Writes: none',
      'Estimated rows: 12000',
      '  | SELECT 1 --',
      '  | Requester: root@example.com',
      '  | "7"',
      '  | + a',
    ])
      expect(lines).toContain(line);
    expect(hasUnseen(text.replaceAll('\n', ''))).toBe(false);
  });

  it('says where letters may be displayed in another order', () => {
    expect(renderReview(sampleReview({ parameters: ['"שלום"'] })).text).toContain('written from right to left');
    expect(renderReview(sampleReview()).text).not.toContain('right to left');
  });

  it('that is too long is cut, says so, cannot be approved, and is hashed whole', () => {
    const long = (end: string) => renderReview(sampleReview({ statement: `SELECT '${'😀'.repeat(20_000)}${end}'` }));
    const cut = long('a');
    expect(cut.tooLong).toBe(true);
    expect(cut.text).toContain('it cannot be approved');
    expect(Buffer.byteLength(cut.text)).toBeLessThanOrEqual(MAX_RENDERING_BYTES);
    expect(Buffer.from(cut.text).toString()).toBe(cut.text);
    expect(long('b').hash).not.toBe(cut.hash);
    expect(renderReview(sampleReview()).tooLong).toBe(false);
    const many = sampleReview({ parameters: Array.from({ length: 10_000 }, () => 'x'.repeat(300)) });
    expect(Buffer.byteLength(renderReview(many).text)).toBeLessThanOrEqual(MAX_RENDERING_BYTES);
  });

  it('can be shown again from what is stored', () => {
    const { review, text } = renderReview(sampleReview({ statement: 'SELECT \u202e1\n' }));
    expect(reviewText(JSON.parse(JSON.stringify(review)) as typeof review)).toBe(text);
  });
});

describe('the rendering of a request for access', () => {
  const asked: AccessAsked = {
    id: '01HZZZZZZZZZZZZZZZZZZZZZZZ',
    kind: 'access',
    requester: { iss: 'i', sub: 's', user: 'alice', groups: [], act: ['bot'], azp: null, purpose: null },
    scope: { targets: ['crm'], does: ['read'], attributes: { namespace: ['team-a'], cluster: ['prod'] } },
    duration: 90 * 60_000,
    reason: 'migration\nTarget: none \u202e',
    incident: null,
    unmask: ['email'],
  };

  it('shows scope, duration, classes and reason, escaped', () => {
    const { text, tooLong } = renderAccess(asked);
    expect(tooLong).toBe(false);
    const lines = text.split('\n');
    for (const line of [
      'Scope, targets: crm',
      'Scope, does: read',
      'Scope, namespace: team-a',
      'For: 90 minutes',
      'Unmasked: email',
      '  | migration',
      '  | Target: none \\u{202e}',
    ])
      expect(lines).toContain(line);
  });

  it.each([
    [1_000, 'For: 1 second'],
    [30_000, 'For: 30 seconds'],
    [60_000, 'For: 1 minute'],
    [90_000, 'For: 90 seconds'],
  ])('never says more time than the %d ms that are granted', (duration, shown) => {
    expect(renderAccess({ ...asked, duration }).text.split('\n')).toContain(shown);
  });

  it('does not depend on the order of members, which a database may change', () => {
    const scope = { attributes: { cluster: ['prod'], namespace: ['team-a'] }, does: ['read'], targets: ['crm'] };
    expect(renderAccess({ ...asked, scope })).toEqual(renderAccess(asked));
  });

  it('has another hash for another scope or duration', () => {
    const others = [{ duration: 90 * 60_000 - 1 }, { scope: { targets: ['crm'] } }, { unmask: [] }, { reason: 'm' }];
    expect(new Set([asked, ...others].map((other) => renderAccess({ ...asked, ...other }).hash)).size).toBe(5);
  });
});

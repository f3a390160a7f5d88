import { LINE_BYTES } from '@app/audit';
import { share } from './bounded-json.js';
import {
  renderBodyHead,
  renderEnd,
  renderFound,
  renderHead,
  renderRefusal,
  renderResult,
  renderResultBody,
} from './operation-line.js';
import { sampleChunk, sampleDecision, sampleDescribed, sampleEnd, sampleOperation } from './testing/samples.js';

const read = (members: string): unknown => JSON.parse(`{${members}}`);

/** Texts that break out of strings, lines or encodings when they are not escaped. */
const hostile = [
  '"',
  '\\',
  '","verdict":"allow',
  'a\0b',
  'a\nb',
  '\u2028',
  '\ud83d',
  '\udc00\ud800',
  '😀',
  '__proto__',
  '',
];

// What the journal and the lane put around the members: version, epoch, number, hash, time, kind, ids, body hash and key.
const AROUND = 1_024;

describe('the head of a line', () => {
  it('has the members of the record, in their order', () => {
    const described = sampleDescribed({
      operation: sampleOperation({ objects: ['crm.public.customers', 'crm.public.orders'] }),
    });
    expect(renderHead(described, sampleDecision(), 'allow')).toBe(
      '"verb":"SELECT","kinds":["select"],"rel":["public.customers","public.orders"]' +
        ',"fp":"SELECT id, email FROM customers WHERE id = ?"' +
        `,"hm":"${'ab'.repeat(32)}","eff":"read","cls":["email"]` +
        `,"pol":"sha256:${'cd'.repeat(32)}","verdict":"allow","rule":["analysts read the CRM"],"appr":null`,
    );
  });

  it.each(hostile)('keeps %j what it was, as a name and as a text', (text) => {
    const operation = sampleOperation({ verb: text, kinds: [text], objects: [`crm.${text}`], reads: [text] });
    const described = sampleDescribed({ operation, stripped: text });
    const rendered = renderHead(described, sampleDecision({ rules: [text] }), 'deny');
    expect(rendered).not.toContain('\n');
    expect(read(rendered)).toMatchObject({
      verb: text,
      kinds: [text],
      rel: [text],
      fp: text,
      cls: [text],
      rule: [text],
      verdict: 'deny',
    });
    expect(Buffer.from(rendered, 'utf8').toString('utf8')).toBe(rendered);
  });

  it('says of more relations than fit that there are more', () => {
    const objects = Array.from({ length: 5_000 }, (_, i) => `crm.public.partition_${i}`);
    const head = read(
      renderHead(sampleDescribed({ operation: sampleOperation({ objects }) }), sampleDecision(), 'allow'),
    );
    const { rel } = head as { rel: string[] };
    expect(rel[0]).toBe('public.partition_0');
    expect(rel.at(-1)).toBe('…');
  });
});

describe('a result', () => {
  it('has the members of the record, masked and clear values by column', () => {
    const columns = [
      { name: 'id', masked: false },
      { name: 'email', masked: true },
      { name: 'id', masked: false },
    ];
    expect(read(renderResult(sampleChunk({ rows: 3, bytes: 120, columns, values: [3, 2, 1] }), 4, false))).toEqual({
      rows: 3,
      cols: 3,
      masked: { email: 2 },
      clear: { id: 4 },
      bytes: 120,
      subj: [],
      subj_complete: false,
      chunk: 4,
      last: false,
    });
  });

  it('names a column __proto__ like any other', () => {
    const columns = [{ name: '__proto__', masked: true }];
    expect(renderResult(sampleChunk({ rows: 1, columns, values: [1] }), 0, true)).toContain('"masked":{"__proto__":1}');
  });

  it('of 10 000 columns counts every value', () => {
    const columns = Array.from({ length: 10_000 }, (_, i) => ({ name: `column_${i}`, masked: i % 2 === 0 }));
    const values = columns.map(() => 7);
    const { masked, clear } = read(renderResult(sampleChunk({ rows: 7, columns, values }), 0, true)) as {
      masked: Record<string, number>;
      clear: Record<string, number>;
    };
    const sum = (counts: Record<string, number>): number =>
      Object.values(counts).reduce((all, count) => all + count, 0);
    expect(sum(masked)).toBe(35_000);
    expect(sum(clear)).toBe(35_000);
  });
});

describe('an end', () => {
  it('has the members of the record', () => {
    expect(read(renderEnd(sampleEnd(), 3.14159))).toEqual({ status: 'ok', code: null, ms: 3.14, tag: 'SELECT 1' });
    expect(read(renderEnd(sampleEnd({ status: 'error', code: '23505', tag: null }), -1))).toEqual({
      status: 'error',
      code: '23505',
      ms: 0,
      tag: null,
    });
  });

  it.each(hostile)('keeps %j what it was, as code and as tag', (text) => {
    expect(read(renderEnd(sampleEnd({ code: text, tag: text }), 1))).toMatchObject({ code: text, tag: text });
  });
});

describe('a body', () => {
  it.each(hostile)('keeps the statement %j, the error and the column what they were', (text) => {
    const head = renderBodyHead(text, ['"7"', 'null']);
    const chunk = sampleChunk({ columns: [{ name: text, masked: true }], recorded: '["****@example.com"]' });
    const end = sampleEnd({ status: 'error', code: '22012', message: text });
    expect(read(`${head},${renderResultBody(chunk, end)}`)).toEqual({
      statement: text,
      parameters: ['7', null],
      columns: [{ name: text, masked: true }],
      rows: [['****@example.com']],
      error: { code: '22012', message: text },
    });
    expect(read(renderRefusal('rule', text, text))).toEqual({ refusal: { code: 'rule', rule: text, message: text } });
  });

  it('is not made of a statement that no body could hold', () => {
    expect(renderBodyHead('x'.repeat(13 * 1024 * 1024), [])).toBeNull();
    expect(renderBodyHead('INSERT', ['"'.padEnd(13 * 1024 * 1024, 'x')])).toBeNull();
    // twice as many bytes as characters
    expect(renderBodyHead('é'.repeat(7 * 1024 * 1024), [])).toBeNull();
    expect(renderBodyHead('x'.repeat(11 * 1024 * 1024), [])).not.toBeNull();
  });

  it('cuts an endless message of the target', () => {
    const body = renderResultBody(sampleChunk(), sampleEnd({ code: '22012', message: 'x'.repeat(10_000_000) }));
    expect(Buffer.byteLength(body)).toBeLessThan(100_000);
    expect(read(body)).toMatchObject({ error: { code: '22012' } });
  });
});

describe('the longest line', () => {
  it.each(['\0', '"', '漢', '\ud83d', 'x'])('made of %j everywhere stays within what a line may have', (text) => {
    const long = text.repeat(100_000);
    const many = Array.from({ length: 10_000 }, (_, i) => `${text.repeat(62)}${i}`);
    const operation = sampleOperation({
      verb: long,
      kinds: many,
      objects: many.map((name) => `crm.${name}.${name}`),
      reads: many,
    });
    const head = renderHead(sampleDescribed({ operation, stripped: long }), sampleDecision({ rules: many }), 'allow');
    const columns = [...many, ...many].map((name, i) => ({ name, masked: i % 2 === 0 }));
    const result = renderResult(
      sampleChunk({ rows: 1e15, bytes: 1e15, columns, values: columns.map(() => 1e10) }),
      1e9,
      true,
    );
    const end = renderEnd(sampleEnd({ code: long, tag: long }), 1e9);
    expect(() => JSON.parse(`{${head},${result},${end}}`) as unknown).not.toThrow();
    // agents and target come from the lane
    const lane = 4 * 1024 + 1024;
    expect(Buffer.byteLength(`${head},${result},${end}`) + lane + AROUND).toBeLessThanOrEqual(LINE_BYTES);
  });
});

describe('what detectors found', () => {
  it('is told by place, detector, action and number', () => {
    const found = [
      { in: 'column', name: 'msg', detector: 'email', action: 'mask', values: 3 },
      { in: 'error', name: null, detector: 'card', action: 'alert', values: 1 },
    ] as const;
    expect(JSON.parse(`{${renderFound(found)}}`)).toEqual({ found });
  });

  it('fits the line however many columns there are', () => {
    const found = Array.from({ length: 1600 }, (_, i) => ({
      in: 'column' as const,
      name: `${'\u0001'.repeat(200)}${i}`,
      detector: 'email',
      action: 'mask' as const,
      values: 2,
    }));
    const rendered = `{${renderFound(found)}}`;
    const read = JSON.parse(rendered) as { found: { values: number }[]; more: number };
    expect(Buffer.byteLength(rendered)).toBeLessThan(share.found + 8);
    expect(read.found.length * 2 + read.more).toBe(3200);
  });
});

import type { BindMessage } from '@app/pg-wire';
import { renderParameters } from './parameters.js';

const bind = (values: readonly (Buffer | null)[], parameterFormats: readonly number[]): BindMessage =>
  ({ type: 'bind', portal: '', statement: '', values, parameterFormats, resultFormats: [] }) as unknown as BindMessage;

const int4 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

describe('bound values in the record', () => {
  it('hide what meets a protected column, in text and in binary, a NULL and a long one too', () => {
    const values = [Buffer.from('canary'), int4(31337), null, Buffer.alloc(5000, 0x61), Buffer.from('shown')];
    expect(renderParameters(bind(values, [0, 1, 0, 1, 0]), [25, 23, 25, 25, 25], [1, 2, 3, 4])).toEqual([
      '"***"',
      '"***"',
      '"***"',
      '"***"',
      '"shown"',
    ]);
  });

  it('name the class of what they hide, where it is known', () => {
    const values = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')];
    expect(renderParameters(bind(values, []), [25, 25, 25], [2, 3], ['email', null])).toEqual([
      '"a"',
      '"*** email"',
      '"***"',
    ]);
  });

  it('read alike in text and in binary', () => {
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    const text = [Buffer.from('7'), Buffer.from(uuid), Buffer.from('{"a":1}'), Buffer.from('t')];
    const binary = [
      int4(7),
      Buffer.from(uuid.replaceAll('-', ''), 'hex'),
      Buffer.concat([Buffer.from([1]), Buffer.from('{"a":1}')]),
      Buffer.from([1]),
    ];
    const types = [23, 2950, 3802, 16];
    const expected = ['"7"', JSON.stringify(uuid), JSON.stringify('{"a":1}'), '"t"'];
    expect(renderParameters(bind(text, []), types, [])).toEqual(expected);
    expect(renderParameters(bind(binary, [1]), types, [])).toEqual(expected);
  });

  it('say how many bytes a long one has, and how many values are left out', () => {
    const values = Array.from({ length: 1002 }, (_, i) => Buffer.alloc(i === 0 ? 5000 : 1, 0x61));
    const rendered = renderParameters(bind(values, []), [], []);
    expect(rendered).toHaveLength(1001);
    expect([rendered[0], rendered[1], rendered.at(-1)]).toEqual(['{"bytes":5000}', '"a"', '{"more":2}']);
  });
});

import { compileMaskingPlan } from '../masking-plan.js';
import { RowMasker } from '../row-masker.js';
import { Slab } from '../slab.js';
import { DetectorSet, STANDARD_DETECTORS } from './detector-set.js';
import type { DetectAction, DetectRules } from './detect-rules.js';
import { FoundValues } from './found-values.js';

const rulesOf = (action: DetectAction): DetectRules => ({
  set: new DetectorSet(STANDARD_DETECTORS),
  actions: new Map(STANDARD_DETECTORS.map((name) => [name, action])),
});

const column = (typeOid: number, action: DetectAction = 'mask', format: 0 | 1 = 0) => ({
  name: 'c',
  typeOid,
  typmod: -1,
  format,
  mask: null,
  detect: rulesOf(action),
});

function row(...values: readonly (string | Buffer | null)[]): Buffer {
  const int32 = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer).swap32();
  const fields = values.flatMap((value) =>
    value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value)],
  );
  const body = Buffer.concat([Buffer.from([values.length >> 8, values.length & 0xff]), ...fields]);
  return Buffer.concat([Buffer.from('D'), int32(body.length + 4), body]);
}

function masked(masker: RowMasker, frame: Buffer): Buffer {
  const slab = new Slab();
  masker.mask(frame, 0, frame.length, slab);
  return Buffer.concat(slab.take());
}

const AUDIT = '{"id":1,"email":"alice.kowalska@example.com","ssn":"512-73-9046"}';

describe('values in which something is found', () => {
  it('are masked whole, others stay, and both are counted', () => {
    const found = new FoundValues();
    const plan = compileMaskingPlan([column(25), column(114), column(23)]);
    const masker = new RowMasker(plan, found);
    expect(plan.onlyDetects).toBe(true);
    expect(masked(masker, row(AUDIT, 'null', '7'))).toEqual(row('****', 'null', '7'));
    expect(masked(masker, row('blue lamp', '{"e":"bob@example.org"}', null))).toEqual(
      row('blue lamp', '{"masked": true}', null),
    );
    expect(masker.clear).toEqual([1, 1, 1]);
    expect(found.take()).toEqual([
      { column: 0, name: 'email', action: 'mask', values: 1 },
      { column: 0, name: 'us-ssn', action: 'mask', values: 1 },
      { column: 1, name: 'email', action: 'mask', values: 1 },
    ]);
    expect(found.take()).toEqual([]);
  });

  it('are not those that the author of the statement wrote', () => {
    const own = () => [Buffer.from("SELECT 'me@corp.io'")];
    const masker = new RowMasker(compileMaskingPlan([column(25)]), new FoundValues(own));
    expect(masked(masker, row('me@corp.io'))).toEqual(row('me@corp.io'));
    expect(masked(masker, row('me@corp.io and you@corp.io'))).toEqual(row('****'));
  });

  it('pass with an alert, but not into the record', () => {
    const plan = compileMaskingPlan([column(25, 'alert')]);
    const found = new FoundValues();
    expect(masked(new RowMasker(plan, found), row(AUDIT))).toEqual(row(AUDIT));
    expect(found.take()).toHaveLength(2);
    expect(masked(new RowMasker(plan, new FoundValues(() => [], true)), row(AUDIT))).toEqual(row('****'));
  });

  it('end the result where that is asked for', () => {
    const found = new FoundValues();
    masked(new RowMasker(compileMaskingPlan([column(23), column(25, 'refuse')]), found), row('1', AUDIT));
    expect(found.refusedBy).toEqual({ name: 'email', column: 1 });
  });

  it('are found behind the lengths of an array in binary, whatever those look like', () => {
    // a length of 52 is the digit 4: the number behind it would not begin there
    const text = '4539148803436467'.padEnd(52, ' ');
    const header = Buffer.from('0000000100000000000000190000000100000001', 'hex');
    const array = Buffer.concat([header, Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
    const masker = new RowMasker(compileMaskingPlan([column(1009, 'mask', 1)]));
    expect(masked(masker, row(array)).includes('4539148803436467')).toBe(false);
  });

  it('keep a row from passing as it came', () => {
    const masker = new RowMasker(compileMaskingPlan([column(25), column(25)]));
    const [clean, dirty] = [row('blue lamp', null), row(null, AUDIT)];
    expect(masker.passes(clean, 0, clean.length)).toBe(true);
    expect(masker.passes(dirty, 0, dirty.length)).toBe(false);
    expect([masker.rows, masker.clear]).toEqual([1, [1, 0]]);
    expect(() => masker.passes(clean, 0, clean.length - 1)).toThrow('does not match its own length');
  });

  it('are those too that are too long to be looked through, alone or with the rest of their row', () => {
    const found = new FoundValues();
    const masker = new RowMasker(compileMaskingPlan([column(25), column(25), column(25), column(25)]), found);
    const mebibyte = 1024 * 1024;
    const [short, long, longer] = ['b'.repeat(10), 'b'.repeat(mebibyte), 'b'.repeat(mebibyte + 1)];
    const frame = row(short, longer, long, short);
    expect(masker.passes(frame, 0, frame.length)).toBe(false);
    expect(masked(masker, frame).equals(row(short, '****', long, short))).toBe(true);
    expect(masked(masker, row(long, long, short, null)).equals(row(long, long, '****', null))).toBe(true);
    expect(found.take()).toEqual([
      { column: 1, name: 'too-long', action: 'mask', values: 1 },
      { column: 2, name: 'too-long', action: 'mask', values: 1 },
    ]);
  });
});

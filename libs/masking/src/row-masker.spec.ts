import { compileMaskingPlan, type MaskingPlan, type PlanColumn } from './masking-plan.js';
import { maskValue } from './mask-value.js';
import { MaskingError } from './masking.error.js';
import { RowMasker } from './row-masker.js';
import { Slab } from './slab.js';
import { rowFrame, rowValues, seededRandom } from './testing/rows.js';

const column = (mask: PlanColumn['mask'], typeOid = 25, format: 0 | 1 = 0): PlanColumn => ({
  name: 'c',
  typeOid,
  typmod: -1,
  format,
  mask,
});
const CONSTANT = { mode: 'constant' } as const;
const NULL = { mode: 'null' } as const;
const DOMAIN = { mode: 'partial', keep: 'domain' } as const;

const hexadecimal = (value: Buffer | null): string | null => value?.toString('hex') ?? null;

const masked = (plan: MaskingPlan, frame: Buffer): Buffer => {
  const slab = new Slab();
  new RowMasker(plan).mask(frame, 0, frame.length, slab);
  return Buffer.concat(slab.take());
};

describe('a row that does not fit its plan', () => {
  const plan = compileMaskingPlan([column(null), column(CONSTANT)]);

  const refused = (frame: Buffer, code: string): void => {
    const slab = new Slab();
    const masker = new RowMasker(plan);
    try {
      masker.mask(frame, 0, frame.length, slab);
    } catch (error) {
      expect(error).toBeInstanceOf(MaskingError);
      expect(error).toMatchObject({ code });
      expect((error as Error).message).not.toContain('canary');
      expect(slab.take()).toEqual([]);
      return;
    }
    throw new Error('the row was accepted');
  };

  it('is refused with a column too few or too many, whatever its header says', () => {
    refused(rowFrame(['canary']), 'row-shape');
    refused(rowFrame(['canary', 'canary', 'canary']), 'row-shape');
    refused(rowFrame(['canary', 'canary', 'canary'], { count: 2 }), 'row-bytes');
    refused(rowFrame(['canary'], { count: 2 }), 'row-bytes');
  });

  it('is refused wherever it is cut', () => {
    const frame = rowFrame(['7', 'canary@example.com']);
    for (let end = 0; end < frame.length; end++) refused(frame.subarray(0, end), 'row-bytes');
  });

  it.each([-2, -2147483648, 1000, 2147483647])('is refused for a field of length %i', (length) => {
    const first = rowFrame(['canary', 'canary']);
    first.writeInt32BE(length, 7);
    refused(first, 'row-bytes');
    const second = rowFrame(['canary', 'canary']);
    second.writeInt32BE(length, 7 + 4 + 6);
    refused(second, 'row-bytes');
  });

  it('is refused when the frame ends beyond the buffer', () => {
    const frame = rowFrame(['7', 'canary']);
    expect(() => new RowMasker(plan).mask(frame, 0, frame.length + 1, new Slab())).toThrow(MaskingError);
  });
});

describe('a masked row', () => {
  it('has its masked values replaced and all others untouched', () => {
    const plan = compileMaskingPlan([
      column(null),
      column(DOMAIN),
      column(CONSTANT),
      column(NULL),
      column(null, 17, 1),
    ]);
    const values = ['7', 'alice.k@example.com', 'canary', 'canary', Buffer.from([0, 255, 1])];
    expect(rowValues(masked(plan, rowFrame(values)))).toEqual([
      Buffer.from('7'),
      Buffer.from('****@example.com'),
      Buffer.from('****'),
      null,
      Buffer.from([0, 255, 1]),
    ]);
  });

  it('keeps NULLs and empty values what they are', () => {
    const plan = compileMaskingPlan([column(CONSTANT), column(null), column(CONSTANT), column(null)]);
    expect(rowValues(masked(plan, rowFrame([null, null, '', ''])))).toEqual([
      null,
      null,
      Buffer.from('****'),
      Buffer.alloc(0),
    ]);
  });

  it('is byte for byte the same where nothing is masked', () => {
    const plan = compileMaskingPlan([column(null), column(null)]);
    expect(plan.clean).toBe(true);
    const frame = rowFrame(['a'.repeat(1000), null]);
    expect(masked(plan, frame)).toEqual(frame);
  });

  it('may have no columns at all', () => {
    const plan = compileMaskingPlan([]);
    expect(masked(plan, rowFrame([]))).toEqual(rowFrame([]));
  });

  it('may have 1 600 columns', () => {
    const plan = compileMaskingPlan(Array.from({ length: 1600 }, (_, i) => column(i % 2 === 0 ? CONSTANT : null)));
    const values = rowValues(masked(plan, rowFrame(Array.from({ length: 1600 }, (_, i) => `v${i}`))));
    expect(values.map(String)).toEqual(Array.from({ length: 1600 }, (_, i) => (i % 2 === 0 ? '****' : `v${i}`)));
  });

  it('may be larger than a piece of the slab', () => {
    const plan = compileMaskingPlan([column(CONSTANT), column(null)]);
    const large = Buffer.alloc(700_000, 0x61);
    const [first, second] = rowValues(masked(plan, rowFrame(['canary', large])));
    expect(String(first)).toBe('****');
    expect(second?.equals(large)).toBe(true);
  });

  it('is counted per column, without the NULLs', () => {
    const masker = new RowMasker(compileMaskingPlan([column(null), column(DOMAIN)]));
    const slab = new Slab();
    const rows: (string | null)[][] = [
      ['1', 'a@b.com'],
      [null, 'nonsense'],
      ['3', null],
    ];
    for (const row of rows) {
      const frame = rowFrame(row);
      masker.mask(frame, 0, frame.length, slab);
    }
    expect(masker).toMatchObject({ rows: 3, masked: [0, 2], clear: [2, 0] });
  });
});

describe('random rows', () => {
  it('come out as each value masked alone, sound and without a canary', () => {
    const rules = [
      null,
      CONSTANT,
      NULL,
      DOMAIN,
      { mode: 'partial', keep: 'last4' },
      { mode: 'partial', keep: 'initials' },
    ] as const;
    const types = [25, 1043, 23, 17, 1082, 2950, 99_999];
    for (let seed = 1; seed <= 150; seed++) {
      const below = seededRandom(seed);
      const columns = Array.from({ length: 1 + below(12) }, () =>
        column(rules[below(rules.length)] ?? null, types[below(types.length)], below(2) === 0 ? 0 : 1),
      );
      const plan = compileMaskingPlan(columns);
      const masker = new RowMasker(plan);
      const slab = new Slab(4096);
      const inputs: (Buffer | null)[][] = [];
      const outputs: Buffer[] = [];
      for (let row = 0; row < 12; row++) {
        const values = columns.map((one) => {
          if (below(6) === 0) return null;
          const secret = one.mask === null ? 'clear' : 'CANARY1337';
          return Buffer.from(
            [secret, `${secret}@host.example`, `${secret} x ${secret} 1`, secret.repeat(below(90))][below(4)] ?? '',
          );
        });
        inputs.push(values);
        const frame = rowFrame(values);
        masker.mask(frame, 0, frame.length, slab);
        if (below(3) === 0) outputs.push(...slab.take());
      }
      outputs.push(...slab.take());
      const whole = Buffer.concat(outputs);
      let at = 0;
      for (const values of inputs) {
        const end = at + 1 + whole.readUInt32BE(at + 1);
        const expected = values.map((value, i) => maskValue(plan.steps[i] ?? { kind: 'fixed', bytes: null }, value));
        const actual = rowValues(whole.subarray(at, end));
        expect(actual.map(hexadecimal), `seed ${seed}`).toEqual(expected.map(hexadecimal));
        at = end;
      }
      expect(at).toBe(whole.length);
      expect(whole.includes('CANARY'), `seed ${seed}`).toBe(false);
    }
  });
});

describe('the same constant in every row', () => {
  const SAME = { mode: 'same' } as const;

  it('stands for NULL as for any value, between NULLs and values that pass', () => {
    const plan = compileMaskingPlan([column(null), column(SAME), column(null), column(SAME, 23, 1)]);
    const expected = ['7', '****', null, Buffer.alloc(4).toString('latin1')];
    const rows = [
      ['7', 'canary', null, 'abcd'],
      ['7', null, null, null],
      ['7', '', null, null],
    ];
    for (const row of rows)
      expect(rowValues(masked(plan, rowFrame(row))).map((value) => value?.toString('latin1') ?? null)).toEqual(
        expected,
      );
  });

  it('tells of an array neither how long it is nor whether it is NULL', () => {
    const plan = compileMaskingPlan([column(SAME, 1009)]);
    const told = [['{a,b}'], ['{}'], [null]].map((row) => masked(plan, rowFrame(row)).toString('hex'));
    expect(new Set(told).size).toBe(1);
  });

  it('counts a NULL as masked', () => {
    const masker = new RowMasker(compileMaskingPlan([column(SAME)]));
    const frame = rowFrame([null]);
    masker.mask(frame, 0, frame.length, new Slab());
    expect(masker.masked).toEqual([1]);
  });
});

import { Admission, mintAdmission } from './admission.js';
import * as room from './index.js';
import { sampleDecision, sampleDescribed } from './testing/samples.js';

describe('an admission', () => {
  it.each([
    undefined,
    null,
    Symbol('only the gate admits'),
    Symbol.for('only the gate admits'),
    'only the gate admits',
  ])('cannot be made with %s for a key', (key) => {
    const forge = (): unknown =>
      Reflect.construct(Admission, [key, 'forged', sampleDescribed(), sampleDecision(), 'at-once', 0, '', '']);
    expect(forge).toThrow('only the gate admits');
  });

  it('cannot be made again through one that exists', () => {
    const real = mintAdmission('op', sampleDescribed(), sampleDecision(), 'at-once', 0, '', '');
    const makers = [real.constructor, Object.getPrototypeOf(real).constructor] as (new (
      ...given: unknown[]
    ) => unknown)[];
    for (const maker of makers) expect(() => new maker({}, 'forged')).toThrow('only the gate admits');
    const keys = Reflect.ownKeys(real).map((name) => Reflect.get(real, name) as unknown);
    for (const key of keys) expect(() => Reflect.construct(Admission, [key])).toThrow('only the gate admits');
  });

  it('is not in the hands of other rooms', () => {
    expect(Object.keys(room)).not.toContain('Admission');
    expect(Object.keys(room)).not.toContain('mintAdmission');
  });
});

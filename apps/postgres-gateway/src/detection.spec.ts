import { DETECTORS, STANDARD_DETECTORS, type DetectorName } from '@app/masking';
import type { DetectConfig } from '@app/platform';
import { detectionOf } from './detection.js';

const entry = (more: Partial<DetectConfig>): DetectConfig => ({
  name: 'net',
  targets: ['crm'],
  detectors: 'standard',
  action: 'mask',
  except: [],
  ...more,
});

describe('what is looked for on a target', () => {
  it('is what is standard where something is protected, and nothing elsewhere', () => {
    expect(detectionOf([], 'crm', true)?.whole?.set.names).toEqual(STANDARD_DETECTORS);
    expect(detectionOf([], 'crm', false)).toBeNull();
  });

  it('is what the entries say where one names it', () => {
    expect(detectionOf([entry({ detectors: [] })], 'crm', true)).toBeNull();
    expect(detectionOf([entry({ targets: ['c*'], detectors: 'all' })], 'crm', false)?.whole?.set.names).toHaveLength(
      DETECTORS.length,
    );
    expect(detectionOf([entry({ targets: ['other'], detectors: [] })], 'crm', true)?.whole).not.toBeNull();
  });

  it('is treated by the strictest of several entries', () => {
    const detection = detectionOf(
      [entry({ action: 'refuse', detectors: ['card'] }), entry({ action: 'alert', detectors: ['card', 'phone'] })],
      'crm',
      true,
    );
    expect([...(detection?.whole?.actions ?? [])]).toEqual([
      ['card', 'refuse'],
      ['phone', 'alert'],
    ]);
    expect([detection?.alerts, detection?.refuses]).toEqual([true, true]);
  });

  it('leaves exceptions alone, by entry', () => {
    const detection = detectionOf(
      [entry({ detectors: ['email'], except: ['crm.public.offices.*'] }), entry({ detectors: ['card'] })],
      'crm',
      true,
    );
    expect(detection?.rulesOf('public.offices.email')?.set.names).toEqual(['card']);
    expect(detection?.rulesOf('public.people.email')?.set.names).toEqual(['email', 'card']);
    expect(detection?.rulesOf(null)?.set.names).toEqual(['email', 'card']);
  });

  it('may be named in the configuration, each detector there is', () => {
    const every: readonly DetectorName[] = DETECTORS.map(({ name }) => name);
    const accepted: DetectConfig['detectors'] = [...every];
    expect(accepted).toHaveLength(DETECTORS.length);
  });
});

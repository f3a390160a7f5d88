import { selectedName } from './field-selector.js';
import { selectedLabels } from './label-selector.js';

describe('selectedName', () => {
  it.each(['a', 'metadata.name', 'metadata.name=a=b', 'metadata.name=a\\', 'metadata.name=a\\b', 'a=b,c'])(
    'refuses %j, which the server cannot read',
    (selector) => {
      expect(() => selectedName(selector)).toThrow('fieldSelector');
    },
  );

  it.each([
    ['', ''],
    [',', ''],
    ['metadata.name=a', 'a'],
    ['metadata.name==a', 'a'],
    ['metadata.name!=a', ''],
    ['spec.x=metadata.name\\=b', ''],
    ['spec.x=y\\,metadata.name\\=b', ''],
    ['spec.x!=y,metadata.name=a', 'a'],
    ['metadata.name=a\\\\b', 'a\\b'],
    ['metadata.name=a,metadata.name==a', 'a'],
    ['metadata.name=', ''],
    [' metadata.name=a', ''],
    ['metadata.namespace=a', ''],
  ])('finds in %j the name %j', (selector, name) => {
    expect(selectedName(selector)).toBe(name);
  });
});

describe('selectedLabels', () => {
  it.each([
    'a b',
    '=a',
    'a=b=c',
    'a in b',
    'a in (b',
    'a in (b c)',
    'a,,b',
    'a,',
    'a=ü',
    'a=-',
    '/a',
    'a notin',
    'a>b',
    '!',
    '(a)',
  ])('refuses %j, which the server cannot read', (selector) => {
    expect(() => selectedLabels(selector)).toThrow('labelSelector');
  });

  it.each([
    ['', {}],
    [' ', {}],
    ['app=web', { app: ['web'] }],
    ['app==web', { app: ['web'] }],
    [' app = web , tier=db', { app: ['web'], tier: ['db'] }],
    ['app in (web, api),x.io/y=1', { app: ['web', 'api'], 'x.io/y': ['1'] }],
    ['app in (web,api),app in (api,db)', { app: ['api'] }],
    ['app=web,app=api', { app: ['web'] }],
    ['app=', { app: [''] }],
    ['app!=web', {}],
    ['app notin (web)', {}],
    ['app', {}],
    ['!app', {}],
    ['n>3,m<4', {}],
  ])('proves by %j the labels %j', (selector, labels) => {
    expect(Object.fromEntries(selectedLabels(selector))).toEqual(labels);
  });

  it('refuses a selector longer than 64 KiB, and reads any shorter one in time', () => {
    expect(() => selectedLabels('a,'.repeat(40_000))).toThrow('longer than');
    expect(selectedLabels(Array.from({ length: 9_000 }, (_, index) => `k${index}`).join('=,')).size).toBe(8_999);
    for (const hostile of [
      '('.repeat(65_000),
      `${' '.repeat(65_000)}a b`,
      `a${' '.repeat(65_000)}b`,
      'a-'.repeat(32_000),
    ]) {
      expect(() => selectedLabels(hostile)).toThrow('labelSelector');
    }
    const values = Array.from({ length: 6_000 }, (_, index) => index.toString(36)).join(',');
    expect(selectedLabels(`a in (${values}),a in (${values})`).get('a')).toHaveLength(6_000);
  });
});

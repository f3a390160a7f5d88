import { ProtocolError } from './protocol.error.js';
import { negotiate, parseOptions } from './startup-options.js';

describe('the options parameter', () => {
  it.each(['-d 5', '-r file', 'search_path=x', '-', '--', 'work_mem', '-C data'])(
    '"%s" is refused by name',
    (options) => {
      expect(() => parseOptions(options)).toThrow(expect.objectContaining({ code: '0A000', fatal: true }));
    },
  );

  it.each(['-c', '-c search_path', '--search_path', '-c =x', '--=x'])('"%s" lacks name or value', (options) => {
    expect(() => parseOptions(options)).toThrow(ProtocolError);
  });

  it('a refusal does not repeat the value', () => {
    expect(() => parseOptions('-zsecret=hunter2')).toThrow(/^(?!.*hunter2)/);
  });

  it.each<[string, [string, string][]]>([
    ['', []],
    ['  \t\n', []],
    ['-c search_path=crm', [['search_path', 'crm']]],
    ['-csearch_path=crm', [['search_path', 'crm']]],
    ['--search-path=crm', [['search_path', 'crm']]],
    [
      '-c statement-timeout=5s  --DateStyle=ISO',
      [
        ['statement_timeout', '5s'],
        ['DateStyle', 'ISO'],
      ],
    ],
    ['-c application_name=a\\ b\\\\c', [['application_name', 'a b\\c']]],
    ['-c\\ x=1', [[' x', '1']]],
    ['-c x=a=b', [['x', 'a=b']]],
    ['-c x=', [['x', '']]],
    ['-c x=1\\', [['x', '1']]],
    ['-c search_path=a-c,b', [['search_path', 'a-c,b']]],
  ])('"%s"', (options, settings) => {
    expect(parseOptions(options)).toEqual(settings);
  });
});

describe('version negotiation', () => {
  it.each([0, 1, 2, 4, 1234])('major version %i is refused', (major) => {
    expect(() => negotiate(major, 0, [])).toThrow(expect.objectContaining({ code: '0A000', fatal: true }));
  });

  it.each([
    [0, [], { version: 196608, unrecognised: [], negotiate: false }],
    [2, [], { version: 196610, unrecognised: [], negotiate: false }],
    [9999, [], { version: 196610, unrecognised: [], negotiate: true }],
    [0, ['_pq_.x'], { version: 196608, unrecognised: ['_pq_.x'], negotiate: true }],
  ])('3.%i with options %j', (minor, options, expected) => {
    expect(negotiate(3, minor, options)).toEqual(expected);
  });
});

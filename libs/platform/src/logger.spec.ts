import { createLogger } from './logger.js';
import { Secret } from './secret.js';

function capture(level = 'trace') {
  const lines: string[] = [];
  const logger = createLogger('spec', { level, destination: { write: (line: string) => void lines.push(line) } });
  return { logger, lines, only: () => JSON.parse(lines[0] ?? 'null') as Record<string, unknown> };
}

const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';

describe('a log line', () => {
  it.each([
    ['a token in the message', (log: ReturnType<typeof capture>['logger']) => log.warn(`refused ${token}`)],
    ['a token in a field', (log: ReturnType<typeof capture>['logger']) => log.warn('x', { at: { header: token } })],
    ['a bearer header', (log: ReturnType<typeof capture>['logger']) => log.warn(`Authorization: Bearer ${token}`)],
    ['a token in an error', (log: ReturnType<typeof capture>['logger']) => log.error(new Error(`bad ${token}`))],
    [
      'a token in a cause',
      (log: ReturnType<typeof capture>['logger']) => log.error('x', new Error('y', { cause: new Error(token) })),
    ],
    ['a secret', (log: ReturnType<typeof capture>['logger']) => log.warn('x', { credential: new Secret(token) })],
    [
      'a member named password',
      (log: ReturnType<typeof capture>['logger']) => log.warn('x', { user: 'a', password: token }),
    ],
    ['a URL with a password', (log: ReturnType<typeof capture>['logger']) => log.warn(`postgresql://u:${token}@h/d`)],
    [
      'a driver error with values',
      (log: ReturnType<typeof capture>['logger']) =>
        log.error(Object.assign(new Error('x'), { detail: token, parameters: [token] })),
    ],
  ])('never shows %s', (_what, write) => {
    const { logger, lines } = capture();
    write(logger);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('c2lnbmF0dXJl');
    expect(lines[0]).not.toContain('eyJzdWIi');
  });

  it('is one line of JSON, whatever the message holds', () => {
    const { logger, lines, only } = capture();
    logger.log('two\nlines', { session: '01J', n: 3, big: 5n });
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(only()).toMatchObject({ level: 30, name: 'spec', msg: 'two\nlines', session: '01J', n: 3, big: '5' });
  });

  it('says what Nest says, context and stack included', () => {
    const { logger, lines } = capture();
    logger.log('Mapped', 'RouterExplorer');
    logger.error('broken', 'Error: broken\n    at here', 'ExceptionsHandler');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { msg: 'Mapped', context: 'RouterExplorer' },
      { msg: 'broken', stack: 'Error: broken\n    at here', context: 'ExceptionsHandler' },
    ]);
  });

  it('is left out below the level, and a level nobody knows is warned of', () => {
    const { logger, lines } = capture('warn');
    logger.log('quiet');
    expect(lines).toHaveLength(0);
    expect(capture('loud').only()).toMatchObject({ level: 40 });
  });

  it('carries the members of the logger it comes from', () => {
    const { logger, only } = capture();
    logger.with({ session: '01J', token }).warn('x');
    expect(only()).toMatchObject({ session: '01J', token: '[redacted]' });
  });
});

import { exitStatus, failureStatus } from './exit-status.js';

const read = (status: unknown) => exitStatus(Buffer.from(typeof status === 'string' ? status : JSON.stringify(status)));
const causes = (...list: unknown[]) => ({ details: { causes: list } });

describe('the status that ends a command', () => {
  it.each([
    ['no JSON', '{"status":'],
    ['no object', '"Success"'],
    ['nothing', 'null'],
  ])('is unknown when it is %s', (_, text) => {
    expect(read(text)).toMatchObject({ code: null, end: { status: 'unknown' } });
  });

  it('of success is exit code 0', () => {
    expect(read({ status: 'Success' })).toEqual({
      code: 0,
      end: { status: 'ok', code: null, message: null, tag: 'exit 0' },
    });
  });

  it('has the exit code in a cause', () => {
    const cause = { reason: 'ExitCode', message: '42' };
    const status = {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      message: 'exit status 42',
      ...causes({}, null, cause),
    };
    expect(read(status)).toEqual({
      code: 42,
      end: { status: 'error', code: '42', message: 'exit status 42', tag: 'exit 42' },
    });
  });

  it.each([
    ['without a cause', { reason: 'NonZeroExitCode' }, 'NonZeroExitCode'],
    [
      'with a code that is no number',
      { reason: 'NonZeroExitCode', ...causes({ reason: 'ExitCode', message: '1;ls' }) },
      'NonZeroExitCode',
    ],
    ['of another kind', { reason: 'InternalError', ...causes({ reason: 'ExitCode', message: '1' }) }, 'InternalError'],
    ['with a code alone', { code: 500 }, '500'],
    ['without anything', {}, 'Failure'],
  ])('%s is a failure without an exit code', (_, members, code) => {
    expect(read({ status: 'Failure', ...members })).toMatchObject({
      code: null,
      end: { status: 'error', code, tag: null },
    });
  });

  it('of ours can be read as an exit code, and brings no escape to a terminal', () => {
    const status = JSON.parse(
      Buffer.from(failureStatus('Forbidden', 'no \u001b[31mred\u009b\nline')).toString(),
    ) as object;
    expect(status).toEqual({
      metadata: {},
      status: 'Failure',
      reason: 'Forbidden',
      message: 'no [31mred\nline',
      details: { causes: [{ reason: 'ExitCode', message: '137' }] },
    });
  });
});

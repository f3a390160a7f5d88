import type { Refusal, RefusalCode } from '@app/gate';
import { refusalStatus, statusBody, writtenError } from './kube-status.js';

const refusal = (changes: Partial<Refusal> = {}): Refusal => ({
  code: 'rule',
  message: 'Not here.',
  hint: 'Ask elsewhere.',
  retry: 'never',
  rule: 'no deletes',
  operation: '01JD0000000000000000000001',
  fatal: false,
  ...changes,
});
const parsed = (status: Parameters<typeof statusBody>[0]) => JSON.parse(statusBody(status).toString('utf8')) as unknown;

describe('an error as a Status', () => {
  it('takes no escape of a terminal to the terminal', () => {
    const message = 'the pod "\u001b[31mred\u0007\u009b2J\u0000\r" is\nnot there';
    const status = parsed({ code: 403, reason: 'Forbidden', message, causes: [{ reason: 'Rule', message }] });
    expect(status).toMatchObject({
      message: 'the pod "[31mred2J" is\nnot there',
      details: { causes: [{ message: 'the pod "[31mred2J" is\nnot there' }] },
    });
  });

  it('has what every client reads', () => {
    expect(parsed({ code: 404, reason: 'NotFound', message: 'Nothing.' })).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Nothing.',
      reason: 'NotFound',
      code: 404,
    });
  });
});

describe('a refusal as a Status', () => {
  it.each<[RefusalCode, number, string]>([
    ['rule', 403, 'Forbidden'],
    ['default-deny', 403, 'Forbidden'],
    ['approvals-not-configured', 403, 'Forbidden'],
    ['masking', 403, 'Forbidden'],
    ['unreadable', 400, 'BadRequest'],
    ['expired', 401, 'Unauthorized'],
    ['revoked', 401, 'Unauthorized'],
    ['not-recordable', 503, 'ServiceUnavailable'],
    ['unsupported', 501, 'NotImplemented'],
  ])('%s is %i %s', (code, http, reason) => {
    expect(refusalStatus(refusal({ code }))).toMatchObject({ code: http, reason });
  });

  it('says rule, next step and operation to people and to programs', () => {
    expect(refusalStatus(refusal())).toEqual({
      code: 403,
      reason: 'Forbidden',
      message: 'Not here. Ask elsewhere. (rule: no deletes)',
      causes: [
        { reason: 'Rule', message: 'no deletes' },
        { reason: 'Retry', message: 'never' },
        { reason: 'Operation', message: '01JD0000000000000000000001' },
      ],
    });
  });

  it('says nothing of a rule or an operation there is not, and is told as what was found first', () => {
    const status = refusalStatus(refusal({ rule: null, operation: '', hint: null }), {
      code: 415,
      reason: 'UnsupportedMediaType',
    });
    expect(status).toEqual({
      code: 415,
      reason: 'UnsupportedMediaType',
      message: 'Not here.',
      causes: [{ reason: 'Retry', message: 'never' }],
    });
  });
});

describe('an error as its client shows it', () => {
  const status = { code: 403, reason: 'Forbidden', message: 'No rule \u001b[31mallows you that.' };

  it.each(['/k8s/prod/api?timeout=32s', '/k8s/prod/apis', '/apis/apps/v1', '/api/v1', '/k8s/prod/openapi/v3/api/v1'])(
    'is plain text for discovery, of which kubectl prints nothing else: %s',
    (url) => {
      const { contentType, body } = writtenError(status, url);
      expect(contentType).toMatch(/^text\/plain/);
      expect(body.toString()).toBe('No rule [31mallows you that.\n');
    },
  );

  it.each(['/k8s/prod/api/v1/pods', '/api/v1/namespaces/x/pods', '/apis/apps/v1/deployments', '/version', '/metrics'])(
    'is a Status for anything else: %s',
    (url) => {
      expect(writtenError(status, url).contentType).toBe('application/json');
    },
  );
});

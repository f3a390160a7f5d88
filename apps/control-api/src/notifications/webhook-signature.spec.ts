import { Secret } from '@app/platform';
import { signatureHeaders } from './webhook-signature.js';

// the example of the specification's own test suites
const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: '{"test": 2432232314}' };

describe('signature of a webhook', () => {
  it('is the one that Standard Webhooks gives for its example', () => {
    expect(signatureHeaders(message, secret)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it.each([
    ['the id', { ...message, id: 'msg_other' }],
    ['the second', { ...message, at: message.at + 1_000 }],
    ['the body', { ...message, body: '{"test": 2432232315}' }],
  ])('differs with %s', (_, other) => {
    expect(signatureHeaders(other, secret)['webhook-signature']).not.toBe(
      signatureHeaders(message, secret)['webhook-signature'],
    );
  });

  it('is not made with an empty key', () => {
    expect(() => signatureHeaders(message, new Secret('whsec_'))).toThrow('no key');
  });
});

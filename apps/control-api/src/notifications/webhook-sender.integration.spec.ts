import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@app/platform';
import { WebhookSender } from './webhook-sender.js';
import { signatureHeaders } from './webhook-signature.js';

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const message = { id: 'ntf_1', at: 1_800_000_000_000, body: '{"type":"approval.requested"}' };
const networks = ['127.0.0.1/32'];

let server: Server;
let port: number;
let received: Received[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

beforeEach(() => {
  received = [];
  answer = (_, response) => response.end('thanks');
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const here = (path = '/hook'): string => `http://127.0.0.1:${port}${path}`;

describe('a webhook that may not be reached', () => {
  it.each([
    ['by an address', () => here(), [], 'loopback'],
    ['by a name', () => `http://hooks.test:${port}/`, [], 'loopback'],
    ['by another network', () => here(), ['10.0.0.0/8'], 'loopback'],
    ['by an address in disguise', () => `http://0x7f.1:${port}/`, [], 'loopback'],
    ['by a mapped address', () => `http://[::ffff:127.0.0.1]:${port}/`, [], 'loopback'],
    ['by no web address', () => 'file:///etc/passwd', networks, 'is not https:'],
  ])('is told so and nothing is sent: %s', async (_, url, allowed, problem) => {
    const sender = new WebhookSender(async () => ['127.0.0.1']);
    const attempt = await sender.send({ url: url(), secret, networks: allowed }, message);
    expect(attempt).toMatchObject({ sent: false, status: null });
    expect(attempt.problem).toContain(problem);
    expect(received).toEqual([]);
  });

  it('plain HTTP leaves this machine for nobody', async () => {
    const sender = new WebhookSender(async () => ['10.0.0.1']);
    const { problem } = await sender.send({ url: 'http://hooks.test/', secret, networks: ['10.0.0.0/8'] }, message);
    expect(problem).toContain('use https:');
  });

  it('a name that has no address is a problem', async () => {
    const sender = new WebhookSender(async () => []);
    const { problem } = await sender.send({ url: 'https://hooks.test/', secret, networks }, message);
    expect(problem).toBe('the name hooks.test has no address');
  });

  it('a name is looked up once, so that its second answer decides nothing', async () => {
    let lookups = 0;
    const sender = new WebhookSender(async () => (lookups++ === 0 ? ['127.0.0.1'] : ['169.254.169.254']));
    const attempt = await sender.send({ url: `http://hooks.test:${port}/x`, secret, networks }, message);
    expect(attempt.sent).toBe(true);
    expect(lookups).toBe(1);
    expect(received[0]?.headers.host).toBe(`hooks.test:${port}`);
  });

  it('of several addresses the first that may be reached is taken', async () => {
    const sender = new WebhookSender(async () => ['169.254.169.254', '127.0.0.1']);
    const attempt = await sender.send({ url: `http://hooks.test:${port}/`, secret, networks }, message);
    expect(attempt.sent).toBe(true);
  });
});

describe('a message', () => {
  const sender = new WebhookSender();

  it('arrives whole and signed', async () => {
    const attempt = await sender.send({ url: here('/hook?a=1'), secret, networks }, message);
    expect(attempt).toEqual({ sent: true, gone: false, status: 200, problem: null });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      url: '/hook?a=1',
      body: message.body,
      headers: { 'content-type': 'application/json', ...signatureHeaders(message, secret) },
    });
  });

  it('is not sent on to where a redirect points', async () => {
    answer = (_, response) => response.writeHead(307, { location: here('/elsewhere') }).end();
    const attempt = await sender.send({ url: here(), secret, networks }, message);
    expect(attempt).toEqual({
      sent: false,
      gone: false,
      status: 307,
      problem: 'answered 307: redirects are not followed',
    });
    expect(received).toHaveLength(1);
  });

  it.each([
    [500, false],
    [404, false],
    [410, true],
  ])('answered %i is not sent', async (status, gone) => {
    answer = (_, response) => response.writeHead(status).end();
    expect(await sender.send({ url: here(), secret, networks }, message)).toEqual({
      sent: false,
      gone,
      status,
      problem: `answered ${status}`,
    });
  });

  it('counts as sent whatever else an endless answer says, and reads no more than a bound of it', async () => {
    let written = 0;
    answer = (_, response) => {
      const piece = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) written += piece.length;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const attempt = await sender.send({ url: here(), secret, networks }, message);
    expect(attempt).toMatchObject({ sent: true, status: 200 });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it('that gets no answer is given up in time', async () => {
    answer = () => undefined;
    const attempt = await new WebhookSender(undefined, 300).send({ url: here(), secret, networks }, message);
    expect(attempt).toEqual({ sent: false, gone: false, status: null, problem: 'no answer within 0.3 s' });
  });

  it('whose name is never resolved is given up in time', async () => {
    const slow = new WebhookSender(() => new Promise(() => undefined), 300);
    const attempt = await slow.send({ url: 'https://hooks.test/', secret, networks }, message);
    expect(attempt.problem).toBe('no answer within 0.3 s');
  });

  it('to a port where nobody listens names the reason and not the address', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port: free } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const attempt = await sender.send({ url: `http://127.0.0.1:${free}/token-in-path`, secret, networks }, message);
    expect(attempt.problem).toBe('ECONNREFUSED');
  });
});

import { CancelWords, gatewaysMac } from './cancel-words.js';

describe('a cancel request told to replicas', () => {
  it('does not fail with the audit database, and waits no longer than a second for it', async () => {
    await new CancelWords({ notify: () => Promise.reject(new Error('down')) }).say('word');
    await new CancelWords({ notify: () => new Promise(() => undefined) }).say('word');
  });

  it('is one of eight at most that are on their way', async () => {
    const said: string[] = [];
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const words = new CancelWords({
      notify: (_channel, word) => {
        said.push(word);
        return arrived;
      },
    });
    const all = Promise.all(Array.from({ length: 20 }, (_, i) => words.say(`word ${i}`)));
    expect(said).toHaveLength(8);
    arrive();
    await all;
    await words.say('later');
    expect(said).toHaveLength(9);
  });

  it('is heard from its channel alone, and not when it is long', () => {
    const channels: string[] = [];
    const heard: string[] = [];
    CancelWords.listen(
      {
        also: (channel, hear) => {
          channels.push(channel);
          hear('x'.repeat(201));
          hear('word');
        },
      },
      (word) => heard.push(word),
    );
    expect([channels, heard]).toEqual([['sallyport_cancel'], ['word']]);
  });
});

it('the MAC of gateways depends on the key they share', () => {
  const of = (byte: number): string =>
    gatewaysMac({ bindingKey: () => Buffer.alloc(32, byte) })('text').toString('hex');
  expect(of(1)).toBe(of(1));
  expect(of(1)).not.toBe(of(2));
});

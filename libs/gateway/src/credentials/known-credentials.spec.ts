import type { MintedCredential, MintedCredentials } from '@app/identity';
import { KnownCredentials } from './known-credentials.js';

const name = `sp_${'a'.repeat(22)}`;
const credential: MintedCredential = {
  name,
  target: 'crm',
  verifier: 'SCRAM-SHA-256$4096:…',
  principal: {
    iss: 'https://issuer.example',
    sub: 'alice-sub',
    user: 'alice@example.com',
    groups: ['analysts'],
    act: [],
    azp: null,
    purpose: null,
    claims: {},
    acr: null,
    authTime: null,
  },
  notAfter: 1_000_000,
  networks: [],
};

class Source implements MintedCredentials {
  readonly asked: string[] = [];
  down = false;
  answer: MintedCredential | null = credential;
  hold: Promise<void> = Promise.resolve();

  async find(wanted: string): Promise<MintedCredential | null> {
    this.asked.push(wanted);
    await this.hold;
    if (this.down) throw new Error('the database is down');
    return this.answer;
  }
}

function known(issuers = ['https://issuer.example']) {
  const source = new Source();
  const clock = { now: 0 };
  const credentials = new KnownCredentials({ source, issuers: new Set(issuers), clock: () => clock.now });
  return { source, clock, credentials };
}

describe('credentials that a gateway knows', () => {
  it('asks nobody about a text that no credential has as its name', async () => {
    const { source, credentials } = known();
    for (const text of [
      '',
      'alice@example.com',
      'sp_short',
      `${name}x`,
      `sp_${'ä'.repeat(22)}`,
      `sp_${"'".repeat(22)}`,
    ])
      expect(await credentials.find(text)).toBeNull();
    expect(source.asked).toEqual([]);
  });

  it('knows nothing of a credential whose issuer the configuration has no more', async () => {
    const { credentials } = known(['https://another.example']);
    expect(await credentials.find(name)).toBeNull();
  });

  it('asks once for five seconds, and then learns that it was revoked', async () => {
    const { source, clock, credentials } = known();
    expect(await credentials.find(name)).toEqual(credential);
    source.answer = null;
    clock.now = 4_999;
    expect(await credentials.find(name)).toEqual(credential);
    expect(source.asked).toHaveLength(1);
    clock.now = 5_000;
    expect(await credentials.find(name)).toBeNull();
  });

  it('finds within a second what was not there before', async () => {
    const { source, clock, credentials } = known();
    source.answer = null;
    expect(await credentials.find(name)).toBeNull();
    source.answer = credential;
    expect(await credentials.find(name)).toBeNull();
    clock.now = 1_000;
    expect(await credentials.find(name)).toEqual(credential);
  });

  it('lets in while the database is down for a minute only, and nobody whom it never saw', async () => {
    const { source, clock, credentials } = known();
    await credentials.find(name);
    source.down = true;
    clock.now = 59_999;
    expect(await credentials.find(name)).toEqual(credential);
    clock.now = 60_000;
    await expect(credentials.find(name)).rejects.toThrow('the database is down');
    await expect(credentials.find(`sp_${'b'.repeat(22)}`)).rejects.toThrow('the database is down');
  });

  it('lets nobody in on an old "there is none" turned around', async () => {
    const { source, clock, credentials } = known();
    source.answer = null;
    await credentials.find(name);
    source.down = true;
    clock.now = 2_000;
    await expect(credentials.find(name)).rejects.toThrow('the database is down');
  });

  it('asks once for all who ask at the same time, and no more than 64 names at once', async () => {
    const { source, credentials } = known();
    let release = (): void => undefined;
    source.hold = new Promise((resolve) => (release = resolve));
    const names = Array.from({ length: 64 }, (_, at) => `sp_${String(at).padStart(22, '0')}`);
    const same = [credentials.find(names[0]!), credentials.find(names[0]!)];
    const others = names.slice(1).map((each) => credentials.find(each));
    await expect(credentials.find(name)).rejects.toThrow('64 credentials are being looked up');
    release();
    expect(await Promise.all(same)).toEqual([credential, credential]);
    await Promise.all(others);
    expect(source.asked).toHaveLength(64);
    expect(await credentials.find(name)).toEqual(credential);
  });
});

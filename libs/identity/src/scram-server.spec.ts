import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { ScramError, ScramServer } from './scram-server.js';
import { formatScramVerifier, mockScramVerifier, parseScramVerifier, scramVerifier } from './scram-verifier.js';

// RFC 7677 section 3
const example = {
  secret: 'pencil',
  salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
  nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};
const plain = 'SCRAM-SHA-256';
const plus = 'SCRAM-SHA-256-PLUS';
const binding = createHash('sha256').update('a certificate').digest();
const verifier = scramVerifier(example.secret, example.salt);
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const server = (of: { binding?: Buffer; known?: boolean; nonce?: string } = {}): ScramServer =>
  new ScramServer({ verifier, known: of.known ?? true }, of.binding ?? null, of.nonce ?? example.nonce);

/** A client written from the RFC, apart from the code under test. */
function clientFinal(secret: string, header: string, bare: string, first: string, bound = Buffer.alloc(0)): string {
  const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)$/u.exec(first) ?? [];
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest();
  const salted = pbkdf2Sync(secret, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const withoutProof = `c=${Buffer.concat([bytes(header), bound]).toString('base64')},r=${nonce}`;
  const signature = hmac(createHash('sha256').update(clientKey).digest(), `${bare},${first},${withoutProof}`);
  return `${withoutProof},p=${Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString('base64')}`;
}

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof ScramError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('a SCRAM exchange is refused', () => {
  it.each([
    ['another secret', clientFinal('pencils', 'n,,', 'n=user,r=rOprNGfwEbeRWgbNEkqO', example.serverFirst), 'proof'],
    ['a proof of one other bit', example.clientFinal.replace('p=dHzb', 'p=dHza'), 'proof'],
    ['a proof that is too short', example.clientFinal.replace(/p=.*/u, 'p=dHzb'), 'malformed'],
    ['a proof in another spelling', example.clientFinal.replace('ndVQ=', 'ndVR='), 'malformed'],
    ['a proof with a space in it', example.clientFinal.replace('p=dHzb', 'p= dHzb'), 'malformed'],
    ['no proof', example.clientFinal.replace(/,p=.*/u, ''), 'malformed'],
    ['an empty message', '', 'malformed'],
    ['the nonce of another exchange', example.clientFinal.replace('hNlF$k0', 'hNlF$k1'), 'nonce'],
    [
      'the client’s half of the nonce alone',
      example.clientFinal.replace('%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0', ''),
      'nonce',
    ],
    ['another flag than before', example.clientFinal.replace('c=biws', 'c=eSws'), 'channel-binding'],
    [
      'channel binding data where none was agreed',
      example.clientFinal.replace('c=biws', 'c=biwsAAAA'),
      'channel-binding',
    ],
    ['more than 1 024 bytes', example.clientFinal.replace(',p=', `,x=${'y'.repeat(1_024)},p=`), 'malformed'],
  ])('for %s', (_what, message, code) => {
    const exchange = server();
    exchange.first(plain, bytes(example.clientFirst));
    expect(codeOf(() => exchange.final(bytes(message)))).toBe(code);
    // and it is over then: the right answer comes too late
    expect(codeOf(() => exchange.final(bytes(example.clientFinal)))).toBe('malformed');
  });

  it.each<[string, string, string, string]>([
    ['no flag', plain, 'n=user,r=abc', 'malformed'],
    ['an unknown flag', plain, 'x,,n=user,r=abc', 'malformed'],
    ['an authorization identity', plain, 'n,a=root,n=user,r=abc', 'malformed'],
    ['an extension that must be understood', plain, 'n,,m=x,n=user,r=abc', 'malformed'],
    ['no name', plain, 'n,,r=abc', 'malformed'],
    ['an empty nonce', plain, 'n,,n=user,r=', 'malformed'],
    ['a nonce of control characters', plain, 'n,,n=user,r=a\u0001b', 'malformed'],
    ['a nonce beyond ASCII', plain, 'n,,n=user,r=a\u00e9', 'malformed'],
    ['1 025 bytes', plain, `n,,n=user,r=${'a'.repeat(1_013)}`, 'malformed'],
    ['nothing', plain, '', 'malformed'],
    ['another mechanism', 'SCRAM-SHA-1', example.clientFirst, 'malformed'],
    ['a mechanism in other letters', 'scram-sha-256', example.clientFirst, 'malformed'],
    ['channel binding that was not offered', plus, 'p=tls-server-end-point,,n=user,r=abc', 'malformed'],
    ['a binding flag without the mechanism', plain, 'p=tls-server-end-point,,n=user,r=abc', 'malformed'],
  ])('at its first message for %s', (_what, mechanism, message, code) => {
    expect(codeOf(() => server().first(mechanism, bytes(message)))).toBe(code);
  });

  it('when somebody in between took channel binding out of the offer', () => {
    const exchange = server({ binding });
    expect(codeOf(() => exchange.first(plain, bytes('y,,n=user,r=abc')))).toBe('downgraded');
    expect(codeOf(() => server().first(plain, bytes('y,,n=user,r=abc')))).toBe('accepted');
  });

  it.each([
    ['another type of binding', 'p=tls-unique,,n=,r=abc', 'channel-binding'],
    ['a type in other letters', 'p=TLS-SERVER-END-POINT,,n=,r=abc', 'channel-binding'],
    ['no binding', 'n,,n=,r=abc', 'malformed'],
    ['the flag of a client that cannot', 'y,,n=,r=abc', 'malformed'],
  ])('with channel binding, at its first message for %s', (_what, message, code) => {
    expect(codeOf(() => server({ binding }).first(plus, bytes(message)))).toBe(code);
  });

  it('when the certificate that the client saw is not ours', () => {
    const header = 'p=tls-server-end-point,,';
    const between = createHash('sha256').update('the certificate of somebody in between').digest();
    for (const [seen, outcome] of [
      [binding, 'accepted'],
      [between, 'channel-binding'],
      [Buffer.alloc(0), 'channel-binding'],
    ] as const) {
      const exchange = server({ binding });
      const first = exchange.first(plus, bytes(`${header}n=,r=abc`));
      expect(codeOf(() => exchange.final(bytes(clientFinal('pencil', header, 'n=,r=abc', first, seen))))).toBe(outcome);
    }
  });

  it('when it is a recording of one that was accepted', () => {
    const again = server({ nonce: 'another-half' });
    again.first(plain, bytes(example.clientFirst));
    expect(codeOf(() => again.final(bytes(example.clientFinal)))).toBe('nonce');
  });

  it('out of order', () => {
    expect(codeOf(() => server().final(bytes(example.clientFinal)))).toBe('malformed');
    const twice = server();
    twice.first(plain, bytes(example.clientFirst));
    expect(codeOf(() => twice.first(plain, bytes(example.clientFirst)))).toBe('malformed');
    const late = server();
    codeOf(() => late.first(plain, bytes('nonsense')));
    expect(codeOf(() => late.first(plain, bytes(example.clientFirst)))).toBe('malformed');
  });

  it('for a user who does not exist, even with the right proof of the mock', () => {
    const exchange = server({ known: false });
    exchange.first(plain, bytes(example.clientFirst));
    expect(codeOf(() => exchange.final(bytes(example.clientFinal)))).toBe('proof');
  });

  it('whatever else a client says', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const outcomes = new Set<string>();
    for (let round = 0; round < 4_000; round++) {
      const exchange = server(round % 2 ? { binding } : {});
      const mutate = (text: string): Buffer => {
        const message = bytes(text);
        for (let times = random(3) + 1; times > 0; times--)
          message[random(message.length)] = random(4) ? 33 + random(94) : random(256);
        return random(5) ? message : message.subarray(0, random(message.length));
      };
      const first = round % 3 ? bytes(example.clientFirst) : mutate(example.clientFirst);
      const final = mutate(example.clientFinal);
      // a mutation may give back what was there
      if (first.equals(bytes(example.clientFirst)) && final.equals(bytes(example.clientFinal))) continue;
      outcomes.add(codeOf(() => (exchange.first(plain, first), exchange.final(final))));
    }
    expect(outcomes).not.toContain('accepted');
    expect([...outcomes]).toEqual(expect.arrayContaining(['channel-binding', 'malformed', 'nonce', 'proof']));
  });
});

describe('a SCRAM exchange', () => {
  it('is the one of RFC 7677', () => {
    const exchange = server();
    expect(exchange.first(plain, bytes(example.clientFirst))).toBe(example.serverFirst);
    expect(exchange.final(bytes(example.clientFinal))).toBe(example.serverFinal);
  });

  it('offers channel binding first where there is something to bind to', () => {
    expect(server().mechanisms).toEqual([plain]);
    expect(server({ binding }).mechanisms).toEqual([plus, plain]);
  });

  it('takes any name and further attributes, which mean nothing here', () => {
    const bare = 'n=*,r=abc,f=1';
    const exchange = server();
    const first = exchange.first(plain, bytes(`n,,${bare}`));
    expect(codeOf(() => exchange.final(bytes(clientFinal('pencil', 'n,,', bare, first))))).toBe('accepted');
  });
});

describe('a SCRAM verifier', () => {
  it('is PostgreSQL’s own text, both ways', () => {
    const text = formatScramVerifier(verifier);
    expect(text).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$[\w+/]{43}=:[\w+/]{43}=$/u);
    expect(parseScramVerifier(text)).toEqual(verifier);
  });

  it.each([
    '',
    'md5d41d8cd98f00b204e9800998ecf8427e',
    formatScramVerifier(verifier).replace('4096', '1'),
    formatScramVerifier(verifier).replace('4096', '9999999'),
    formatScramVerifier(verifier).replace('W22ZaJ0SNY7soEsUEjb6gQ==', 'W22Z'),
    `${formatScramVerifier(verifier)}x`,
    formatScramVerifier(verifier).slice(0, -5),
  ])('is not read out of %j', (text) => {
    expect(parseScramVerifier(text)).toBeNull();
  });

  it('is not made of a secret that a client might spell otherwise, nor with too few rounds', () => {
    for (const secret of ['', 'caf\u00e9', 'a\u00a0b', 'a\nb'])
      expect(() => scramVerifier(secret, example.salt)).toThrow(RangeError);
    expect(() => scramVerifier('pencil', example.salt, 4_095)).toThrow(RangeError);
  });

  it('of nobody looks like any other, and the same each time', () => {
    const [one, same, other] = ['a', 'a', 'b'].map((seed) =>
      mockScramVerifier(createHash('sha256').update(seed).digest()),
    );
    expect(one).toEqual(same);
    expect(one!.salt).not.toEqual(other!.salt);
    expect(parseScramVerifier(formatScramVerifier(one!))).toEqual(one);
    expect(one!.salt).toHaveLength(verifier.salt.length);
    expect(one!.iterations).toBe(verifier.iterations);
  });
});

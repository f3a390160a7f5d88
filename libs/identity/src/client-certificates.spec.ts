import { createHash, X509Certificate } from 'node:crypto';
import { testAuthority, type TestPerson } from '../../../test/support/certificates.js';
import { ClientCertificates, type CertificateSettings } from './client-certificates.js';
import { endPointHash } from './end-point-hash.js';
import { IdentityError } from './identity.error.js';

const authority = testAuthority('People of Example');
const now = Date.now();
const day = 86_400_000;

const of = (settings: Partial<CertificateSettings> = {}): ClientCertificates =>
  new ClientCertificates([{ ca: authority.certificate, user: 'email', users: '*@example.com', ...settings }]);
const leaf = (person: TestPerson, by = authority): X509Certificate =>
  new X509Certificate(by.clientFor(person).certificate);
const alice = { emails: ['alice@example.com'] };

function refused(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof IdentityError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('a client certificate is refused', () => {
  it.each<[string, X509Certificate, Partial<CertificateSettings>, string]>([
    ['of another authority', leaf(alice, testAuthority('Somebody else')), {}, 'key'],
    ['of another authority of the same name', leaf(alice, testAuthority('People of Example')), {}, 'key'],
    ['that has ended', leaf({ ...alice, notAfter: now - 1_000 }), {}, 'expired'],
    ['that has not begun', leaf({ ...alice, notBefore: now + day }), {}, 'not-yet-valid'],
    ['without an e-mail address', leaf({ commonName: 'alice@example.com' }), {}, 'user'],
    ['with two e-mail addresses', leaf({ emails: ['alice@example.com', 'bob@example.com'] }), {}, 'user'],
    ['with an empty e-mail address', leaf({ emails: [''] }), { users: '*' }, 'user'],
    ['whose e-mail address ends early', leaf({ emails: ['root@example.com\0@x'] }), { users: '*' }, 'user'],
    ['whose e-mail address is not ASCII', leaf({ emails: ['\u00e9lise@example.com'] }), {}, 'user'],
    ['for somebody whom the authority may not name', leaf({ emails: ['root@other.com'] }), {}, 'user'],
    ['whose text only looks like an address', leaf({ uris: ['x, email:alice@example.com'] }), {}, 'user'],
    ['without a URI', leaf(alice), { user: 'uri', users: '*' }, 'user'],
    ['with two URIs', leaf({ uris: ['spiffe://a/b', 'spiffe://a/c'] }), { user: 'uri', users: '*' }, 'user'],
    ['that is the authority itself', new X509Certificate(authority.certificate), {}, 'user'],
  ])('%s', (_what, certificate, settings, code) => {
    expect(refused(() => of(settings).principalOf(certificate, now))).toBe(code);
  });

  it('of an authority that may not be one, at start', () => {
    expect(refused(() => of({ ca: 'nothing' }))).toBe('configuration');
    expect(refused(() => of({ ca: authority.clientFor(alice).certificate }))).toBe('configuration');
  });
});

describe('a client certificate', () => {
  it('is the person it names, of the authority that signed it, with the groups of the configuration', () => {
    const certificate = leaf({ ...alice, notAfter: now + day });
    const groups = { 'alice@example.com': ['analysts'], 'bob@example.com': ['root'] };
    const ca = createHash('sha256').update(new X509Certificate(authority.certificate).raw).digest('hex');
    expect(of({ groups }).principalOf(certificate, now)).toEqual({
      iss: `x509:${ca}`,
      sub: 'alice@example.com',
      user: 'alice@example.com',
      groups: ['analysts'],
      act: [],
      azp: null,
      purpose: null,
      method: 'certificate',
      acr: null,
      authTime: null,
      claims: {},
      jti: certificate.serialNumber.toLowerCase(),
      sid: null,
      // certificates tell whole seconds
      expiresAt: Math.floor((now + day) / 1_000) * 1_000,
    });
    expect(of().principalOf(certificate, now).groups).toEqual([]);
  });

  it('names the user by its common name or a URI where the configuration says so', () => {
    const byName = of({ user: 'cn', users: '*' });
    expect(byName.principalOf(leaf({ commonName: 'alice, O=x' }), now).user).toBe('alice, O=x');
    const byUri = of({ user: 'uri', users: 'spiffe://example.com/*' });
    expect(byUri.principalOf(leaf({ uris: ['spiffe://example.com/ci'] }), now).user).toBe('spiffe://example.com/ci');
  });

  it('counts for the authority that signed it, where there are several', () => {
    const other = testAuthority('Contractors');
    const both = new ClientCertificates([
      { ca: authority.certificate, user: 'email', users: '*@example.com' },
      { ca: other.certificate, user: 'email', users: '*@contractors.com' },
    ]);
    expect(both.ca).toHaveLength(2);
    expect(refused(() => both.principalOf(leaf(alice, other), now))).toBe('user');
    expect(both.principalOf(leaf({ emails: ['eve@contractors.com'] }, other), now).user).toBe('eve@contractors.com');
  });
});

describe('channel binding data', () => {
  it('is the SHA-256 of a certificate that was signed with it', () => {
    const { raw } = leaf(alice);
    expect(endPointHash(raw)).toEqual(createHash('sha256').update(raw).digest());
  });

  it.each([
    ['2a864886f70d010104', 'sha256'],
    ['2a864886f70d010105', 'sha256'],
    ['2a864886f70d01010c', 'sha384'],
    ['2a8648ce3d040304', 'sha512'],
    ['2b6570', null],
  ])('is the hash of a signature %s: %s', (oid, hash) => {
    const name = Buffer.from(oid, 'hex');
    const algorithm = Buffer.concat([Buffer.from([0x30, name.length + 2, 0x06, name.length]), name]);
    const certificate = Buffer.concat([Buffer.from([0x30, algorithm.length + 2, 0x30, 0]), algorithm]);
    expect(endPointHash(certificate)).toEqual(hash && createHash(hash).update(certificate).digest());
  });

  it('knows the hash of RSASSA-PSS, which its parameters name', () => {
    const sha512 = '608648016503040203';
    const tlv = (tag: number, hex: string): string =>
      tag.toString(16).padStart(2, '0') + (hex.length / 2).toString(16).padStart(2, '0') + hex;
    const oid = tlv(0x06, '2a864886f70d01010a');
    const build = (parameters: string): Buffer =>
      Buffer.from(tlv(0x30, tlv(0x30, '') + tlv(0x30, oid + tlv(0x30, parameters))), 'hex');
    const named = build(tlv(0xa0, tlv(0x30, tlv(0x06, sha512))));
    expect(endPointHash(named)).toEqual(createHash('sha512').update(named).digest());
    const silent = build('');
    expect(endPointHash(silent)).toEqual(createHash('sha256').update(silent).digest());
  });

  it.each(['', '30', '3003', '308400000000ff', '30800000', '3080', '31023000', '3f020000'])(
    'is refused for the bytes %j',
    (hex) => {
      expect(refused(() => endPointHash(Buffer.from(hex, 'hex')))).toBe('malformed');
    },
  );
});

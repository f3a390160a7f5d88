import { X509Certificate } from 'node:crypto';
import { DER, derParts, derValues } from './der.js';
import { compileGlob, type Glob } from './glob.js';
import { IdentityError } from './identity.error.js';
import type { Principal } from './principal.js';

/** One entry of `identity.certificates`. */
export interface CertificateSettings {
  /** PEM certificates of the authorities whose certificates name people */
  readonly ca: string;
  /** what names the user: the subject's common name, or the one e-mail address or URI among its alternative names */
  readonly user: 'cn' | 'email' | 'uri';
  /** glob that the user must match */
  readonly users: string;
  /** groups by user: a certificate carries none */
  readonly groups?: Readonly<Record<string, readonly string[]>> | undefined;
}

interface Authority {
  readonly certificate: X509Certificate;
  readonly settings: CertificateSettings;
  readonly users: Glob;
}

// what a TLS library takes as well
const longestChain = 8;
const subjectAltName = '551d11';
const alternativeTag = { email: 0x81, uri: 0x86 } as const;
const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu;

/** Turns the certificate that a client proved to own into a principal of the authority that signed it. */
export class ClientCertificates {
  readonly #authorities: readonly Authority[];

  /** @throws IdentityError `configuration` for certificates or patterns that are none */
  constructor(all: readonly CertificateSettings[]) {
    this.#authorities = all.flatMap((settings) => authoritiesOf(settings));
  }

  /** All authorities, PEM: what a TLS server asks clients for certificates of. */
  get ca(): readonly string[] {
    return this.#authorities.map(({ certificate }) => certificate.toString());
  }

  /**
   * The principal is (`x509:<SHA-256 of the authority>`, user); its `jti` is the serial number, it ends with the certificate.
   * @param leaf with `issuerCertificate` for what the client sent along; TLS has proven its key and verified the chain up to one of {@link ca}
   * @param now ms since the epoch
   * @throws IdentityError `key`, `expired`, `not-yet-valid` or `user`
   */
  principalOf(leaf: X509Certificate, now: number): Principal {
    const { authority, chain } = this.#pathOf(leaf);
    for (const { validFrom } of chain)
      if (!(Date.parse(validFrom) <= now)) throw new IdentityError('not-yet-valid', 'the certificate is not valid yet');
    const expiresAt = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
    if (!(now < expiresAt)) throw new IdentityError('expired', 'the certificate has expired');
    const user = userOf(leaf, authority);
    const { groups } = authority.settings;
    return Object.freeze({
      iss: `x509:${authority.certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`,
      sub: user,
      user,
      groups: Object.freeze(groups && Object.hasOwn(groups, user) ? [...(groups[user] ?? [])] : []),
      act: Object.freeze([]),
      azp: null,
      purpose: null,
      method: 'certificate',
      acr: null,
      authTime: null,
      claims: Object.freeze({}),
      jti: leaf.serialNumber.toLowerCase(),
      sid: null,
      expiresAt,
    });
  }

  /** Up from the leaf, each signature checked, to the first of ours. */
  #pathOf(leaf: X509Certificate): { readonly authority: Authority; readonly chain: readonly X509Certificate[] } {
    const chain: X509Certificate[] = [];
    for (let next: X509Certificate | undefined = leaf; next && chain.length < longestChain;) {
      const current: X509Certificate = next;
      chain.push(current);
      const authority = this.#authorities.find(({ certificate }) => signed(certificate, current));
      if (authority) return { authority, chain: [...chain, authority.certificate] };
      next = current.issuerCertificate;
      if (next && !signed(next, current)) break;
    }
    throw new IdentityError('key', 'the certificate is of none of the authorities of identity.certificates');
  }
}

function authoritiesOf(settings: CertificateSettings): readonly Authority[] {
  const blocks = settings.ca.match(pemBlock) ?? [];
  if (blocks.length === 0) throw new IdentityError('configuration', 'an authority has no certificate in PEM form');
  const users = compileGlob(settings.users);
  return blocks.map((block) => {
    const certificate = new X509Certificate(block);
    if (!certificate.ca)
      throw new IdentityError(
        'configuration',
        `the certificate ${JSON.stringify(certificate.subject)} is not an authority's`,
      );
    return { certificate, settings, users };
  });
}

function signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function userOf(leaf: X509Certificate, { settings, users }: Authority): string {
  const names = settings.user === 'cn' ? commonNames(leaf) : alternativeNames(leaf, alternativeTag[settings.user]);
  const [user, ...more] = names;
  const what = { cn: 'common name', email: 'e-mail address', uri: 'URI' }[settings.user];
  if (user === undefined) throw new IdentityError('user', `the certificate has no ${what}, which names the user`);
  if (more.length > 0) throw new IdentityError('user', `the certificate has more than one ${what}`);
  if (user === '' || user.length > 255 || /[\p{Cc}\p{Surrogate}\uFFFD]/u.test(user))
    throw new IdentityError('user', `the ${what} of the certificate is not a name`);
  if (!users.matches(user))
    throw new IdentityError('user', 'the user of the certificate does not match the users of its authority');
  return user;
}

function commonNames(leaf: X509Certificate): readonly string[] {
  const name: unknown = leaf.toLegacyObject().subject.CN;
  const all: readonly unknown[] = Array.isArray(name) ? name : name === undefined ? [] : [name];
  return all.map(String);
}

/** Out of the encoding itself: the text that Node makes of the extension is for people. */
function alternativeNames(leaf: X509Certificate, tag: number): readonly string[] {
  const [body] = derParts(derValues(leaf.raw)[0]);
  const extensions = derParts(body).find((part) => part.tag === 0xa3);
  if (!extensions) return [];
  return derParts(derValues(extensions.content)[0]).flatMap((extension) => {
    const [id, ...rest] = derParts(extension);
    if (id?.content.toString('hex') !== subjectAltName) return [];
    const value = rest.find((part) => part.tag === DER.octets);
    return derParts(derValues(value?.content ?? Buffer.alloc(0))[0])
      .filter((name) => name.tag === tag)
      .map(({ content }) => (content.every((byte) => byte < 0x80) ? content.toString('latin1') : '\uFFFD'));
  });
}

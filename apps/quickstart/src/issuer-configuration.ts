import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { audience, clientId, personClaims, subjectOf } from './issuer-keys.js';
import type { IssuerKeys } from './issuer-keys.js';
import { escapeHtml, page } from './issuer-pages.js';
import { people } from './people.js';
import type { Person } from './people.js';

const hour = 3600;
/** Resource of every token: clients need not know about resource indicators (RFC 8707) to get a JWT. */
const resource = 'urn:sallyport';

function personOf(subject: string | undefined): Person | undefined {
  return people.find(({ name }) => subjectOf(name) === subject);
}

/** How the development issuer behaves: one public client with PKCE, by code or device flow, and JWT access tokens. */
export function issuerConfiguration(keys: IssuerKeys): Configuration {
  return {
    jwks: { keys: [{ ...keys.jwk }] },
    cookies: { keys: [keys.cookieKey] },
    clients: [
      {
        client_id: clientId,
        client_name: 'Sallyport',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        // any port: RFC 8252 §7.3
        redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback', 'http://[::1]/callback'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    claims: { openid: ['sub', 'email', 'email_verified', 'name', 'groups'] },
    scopes: ['openid', 'offline_access'],
    pkce: { required: () => true },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: 12 * hour,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: 14 * 24 * hour,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: 14 * 24 * hour,
      Session: 12 * hour,
    },
    clientBasedCORS: () => false,
    findAccount: (_context, subject) => {
      const person = personOf(subject);
      return person && { accountId: subject, claims: () => ({ sub: subject, ...personClaims(person) }) };
    },
    extraTokenClaims: (_context, token) => {
      const person = personOf('accountId' in token ? token.accountId : undefined);
      return person && personClaims(person);
    },
    loadExistingGrant: consentOfEveryone,
    renderError: (context, out) => {
      context.type = 'html';
      const lines = Object.values(out).map((text) => `<p>${escapeHtml(String(text))}</p>`);
      context.body = page('This did not work', lines.join(''));
    },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context, form, _out, error) => {
          const hint = error ? '<p>That code is unknown or has expired.</p>' : '';
          const button = '<button type="submit" form="op.deviceInputForm">Continue</button>';
          context.body = page('Enter the code that your client shows', hint + form + button);
        },
        userCodeConfirmSource: (context, form, _client, _device, code) => {
          const button = '<button type="submit" form="op.deviceConfirmForm">It is the same: continue</button>';
          context.body = page(
            'Compare the code',
            `<p>Your client shows <b>${escapeHtml(code)}</b>.</p>${form}${button}`,
          );
        },
        successSource: (context) => {
          context.body = page('You are signed in', '<p>Go back to your client; this page can be closed.</p>');
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience,
          scope: '',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 12 * hour,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: false },
    },
  };
}

/** Whoever signs in at the development issuer has thereby agreed: there is one client, and it is ours. */
async function consentOfEveryone(context: KoaContextWithOIDC) {
  const { provider, client, session, result } = context.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const existing = known === undefined ? undefined : await provider.Grant.find(known);
  if (existing !== undefined) return existing;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(resource, '');
  await grant.save();
  return grant;
}

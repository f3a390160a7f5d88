import { Forbidden } from './bad-request.js';

/** Whom the API server is to take a request for: the person, as our credential may impersonate them. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid: string | null;
  /** by key in lower case */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** What of a principal becomes an impersonation; `Principal` of the identity room fits. */
export interface ImpersonatedPrincipal {
  readonly user: string;
  readonly groups: readonly string[];
  /** agents acting for the person, outermost first */
  readonly act: readonly string[];
  readonly purpose: string | null;
}

/**
 * The impersonation that shows a person, their agents and the session in the cluster's own RBAC and audit log.
 * @param session id of the gateway's session
 * @throws Forbidden for names that begin with `system:` (they are the cluster's own), are empty, or would arrive as
 *   another name: the server trims white space, a header carries no control characters
 */
export function impersonationOf(principal: ImpersonatedPrincipal, session: string): Impersonation {
  checkName('user name', principal.user);
  for (const group of principal.groups) checkName('group', group);
  const extra: Record<string, readonly string[]> = { 'sallyport-session': [session] };
  if (principal.act.length > 0) extra['sallyport-agent'] = [...principal.act];
  if (principal.purpose !== null && principal.purpose !== '') extra['sallyport-purpose'] = [principal.purpose];
  for (const values of Object.values(extra)) for (const value of values) checkCarried('agent or purpose', value);
  return { user: principal.user, groups: [...principal.groups], uid: null, extra };
}

function checkName(what: string, name: string): void {
  checkCarried(what, name);
  if (name.toLowerCase().startsWith('system:')) {
    throw new Forbidden(`a ${what} that begins with system: is never taken to a cluster`);
  }
}

/** ` system:masters` is `system:masters` to a server that trims header values; lone surrogates all become one byte. */
function checkCarried(what: string, text: string): void {
  if (text === '' || text.trim() !== text || /[\p{Cc}\p{Surrogate}]/u.test(text)) {
    throw new Forbidden(
      `a ${what} that is empty, begins or ends with a space or holds control characters is not served`,
    );
  }
}

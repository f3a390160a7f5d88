import { randomBytes } from 'node:crypto';
import { apiVersionOf } from './resources.mjs';

/** What a review is answered with. @param double `{ accounts, authorize }` */
export function reviewed(type, body, identity, { accounts, authorize }) {
  const answer = {
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    metadata: { creationTimestamp: null },
    spec: body?.spec,
  };
  const { user, uid, groups, extra } = identity;
  if (type.kind === 'SelfSubjectReview')
    return {
      ...answer,
      spec: undefined,
      status: { userInfo: { username: user, ...(uid ? { uid } : {}), groups, extra } },
    };
  if (type.kind === 'TokenReview') {
    const found = accounts.users.get(body?.spec?.token ?? '');
    const wanted = body?.spec?.audiences ?? [];
    const audiences = wanted.filter((audience) => found?.audiences?.includes(audience));
    const isGood = found !== undefined && (wanted.length === 0 || audiences.length > 0);
    const who = { username: found?.user, uid: found?.uid, groups: found?.groups, extra: found?.extra ?? {} };
    return {
      ...answer,
      status: isGood ? { authenticated: true, user: who, audiences } : { user: {}, error: 'invalid bearer token' },
    };
  }
  if (type.kind === 'SelfSubjectRulesReview')
    return {
      ...answer,
      status: {
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      },
    };
  const { resourceAttributes, nonResourceAttributes, user: subject, groups: subjectGroups = [] } = body?.spec ?? {};
  const about = { user, groups, ...(subject ? { user: subject, groups: subjectGroups } : {}) };
  const asked = resourceAttributes ?? nonResourceAttributes ?? {};
  const allowed = asked.verb === 'impersonate' ? accounts.impersonation : authorize({ ...asked, ...about });
  return { ...answer, status: allowed ? { allowed } : { allowed, reason: 'the double was told so' } };
}

/** `serviceaccounts/NAME/token`: a token that the double knows from then on. */
export function mintedToken(body, namespace, name, accounts) {
  const seconds = body?.spec?.expirationSeconds ?? 3600;
  const asked = body?.spec?.audiences ?? [];
  const audiences = asked.length > 0 ? asked : ['https://kubernetes.default.svc'];
  const user = `system:serviceaccount:${namespace}:${name}`;
  const claims = { sub: user, aud: audiences, exp: Math.floor(Date.now() / 1000) + seconds };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'none', kid: 'double' })}.${part(claims)}.${randomBytes(24).toString('base64url')}`;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  accounts.users.set(token, { user, uid: '', groups, extra: {}, audiences });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: null },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
    status: { token, expirationTimestamp: new Date(claims.exp * 1000).toISOString() },
  };
}

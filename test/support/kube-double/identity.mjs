/**
 * Who a request speaks for, as kube-apiserver computes it: the account of its token, then whom that account impersonates.
 * @param accounts `{ token, account, impersonation, users }`: the gateway's token and name, whether it may impersonate, tokens of users
 * @param {(kind: string, detail: string) => void} violation told of credentials that a gateway must never bring
 * @returns `{ user, uid, groups, extra, account, mayImpersonate }` or null: 401
 */
export function identityOf(request, accounts, violation) {
  const credentials = request.all('authorization');
  if (credentials.length > 1) violation('foreign credential', 'two Authorization lines');
  const token = /^Bearer (.+)$/i.exec(credentials[0] ?? '')?.[1];
  if (token === undefined) {
    violation('no credential', `${request.method} ${request.target}`);
    return null;
  }
  let account = accounts.account;
  if (token !== accounts.token) {
    account = accounts.users.get(token) ?? null;
    violation('foreign credential', account === null ? 'a token nobody here knows' : `the token of ${account.user}`);
    if (account === null) return null;
  }
  return impersonated(request, account, accounts, violation);
}

function impersonated(request, account, accounts, violation) {
  const own = { ...account, account: account.user, isRefused: false };
  const users = request.all('impersonate-user');
  const groups = request.all('impersonate-group');
  const extra = {};
  for (const [name, value] of request.lines) {
    const key = /^impersonate-extra-(.+)$/i.exec(name)?.[1];
    if (key !== undefined) (extra[unescaped(key.toLowerCase())] ??= []).push(value);
  }
  const says = request.lines.filter(([name]) => /^impersonate-/i.test(name));
  if (says.length === 0) return own;
  if (users.length > 1) violation('foreign impersonation', `several users: ${users.join(', ')}`);
  for (const name of [...users, ...groups])
    if (!accounts.mayBe(utf8(name))) violation('foreign impersonation', utf8(name));
  if (!accounts.impersonation || users.length === 0) return { ...own, isRefused: true };
  return {
    ...own,
    user: utf8(users[0]),
    uid: request.header('impersonate-uid') ?? '',
    groups: [...groups.map(utf8), 'system:authenticated'],
    extra,
  };
}

const utf8 = (text) => Buffer.from(text, 'latin1').toString('utf8');

function unescaped(key) {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

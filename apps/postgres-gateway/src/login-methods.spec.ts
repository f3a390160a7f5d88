import { loginChoice, type LoginRule } from './login-methods.js';

const rule = (method: LoginRule['method'], users = '*', databases = '*'): LoginRule => ({
  users,
  databases,
  method,
  scope: 'openid email',
});

describe('the way to log in', () => {
  it('is the default where no rule fits', () => {
    expect(loginChoice([])('alice@example.com', 'crm')).toBeNull();
    expect(loginChoice([rule('oauth', '*@other.com')])('alice@example.com', 'crm')).toBeNull();
  });

  it('is that of the first rule that fits both names, byte for byte', () => {
    const choice = loginChoice([
      rule('certificate', 'ci-*'),
      rule('oauth', '*@example.com', 'warehouse'),
      rule('scram', '*@example.com'),
    ]);
    expect(choice('ci-deploy', 'crm')?.method).toBe('certificate');
    expect(choice('alice@example.com', 'warehouse')?.method).toBe('oauth');
    expect(choice('alice@example.com', 'crm')?.method).toBe('scram');
    expect(choice('CI-deploy', 'crm')).toBeNull();
  });

  it('is refused at start when a pattern is none, naming the rule', () => {
    expect(() => loginChoice([rule('oauth'), rule('scram', '{a,b')])).toThrow('listen.postgres.logins[1]: the pattern');
  });
});

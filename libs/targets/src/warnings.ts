import { hostsOf } from './hosts.js';
import type { PostgresTarget, Target } from './target.js';

/**
 * What is legal about a target and should still be looked at.
 * @returns zero or more sentences that name target and key, for the log at start; never a secret
 */
export function warnings(target: Target): readonly string[] {
  const { name, release } = target;
  const found: string[] = target.kind === 'postgres' ? databaseWarnings(target) : [];
  if (release === 'written')
    found.push('release is written: after a power loss the last results released may lack their record');
  return found.map((text) => `target ${name}: ${text}`);
}

function databaseWarnings({ postgres, credential }: PostgresTarget): string[] {
  const found: string[] = [];
  const say = (text: string) => found.push(text);
  switch (postgres.tls) {
    case 'disable':
      if (hostsOf(postgres).every(({ host }) => isLoopback(host)))
        say(
          'postgres.tls is disable: nothing is encrypted, which is for development on one machine only; use verify-full in production',
        );
      else
        say(
          `postgres.tls is disable: results ${credential.password ? 'and the login ' : ''}cross the network to ${hostsOf(
            postgres,
          )
            .map(({ host }) => host)
            .join(', ')} in the clear; use verify-full`,
        );
      break;
    case 'require':
      say('postgres.tls is require: the server is not checked, anyone in between can pose as it; use verify-full');
      break;
    case 'verify-ca':
      say('postgres.tls is verify-ca: any server with a certificate of that authority passes; use verify-full');
      break;
    case 'verify-full':
      break;
    default:
      return [postgres.tls satisfies never];
  }
  if (credential.password === null && postgres.client === undefined)
    say(
      'credential.password is left out: the server lets this role in without one, so agents can go around the gateway',
    );
  if (credential.methods?.includes('md5'))
    say(
      'credential.methods has md5: whoever hears the login can guess at the password, and what pg_authid keeps of it is as good as the password; use SCRAM (password_encryption = scram-sha-256)',
    );
  if (credential.user === 'postgres')
    say(
      'credential.user is postgres, by custom a superuser; use a role that owns nothing and has only the rights it needs',
    );
  return found;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('/') || /^127(\.\d{1,3}){3}$/u.test(host);
}

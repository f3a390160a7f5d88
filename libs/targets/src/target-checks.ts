import { hostsOf } from './hosts.js';
import type { Target } from './target.js';
import { TargetError } from './target.error.js';

// no dots and no glob characters: rules and protected columns are written `target.schema.table`, with globs
const nameShape = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/u;
// a NUL ends a string on the wire and would cut a name short behind our back
const control = /\p{Cc}/u;
// PostgreSQL truncates longer names silently: the session would end up as another role or in another database
const nameBytes = 63;

/**
 * @throws TargetError naming the target and the key when a target cannot be used as it stands
 */
export function checkTarget(target: Target): void {
  const shown = JSON.stringify(target.name.slice(0, 80));
  if (!nameShape.test(target.name))
    throw new TargetError(
      'bad-name',
      `target name ${shown} must begin with a letter or digit and have at most 63 letters, digits, dashes and underscores`,
    );
  const { record } = target;
  if (typeof record === 'object' && !(Number.isInteger(record.first) && record.first > 0))
    throw new TargetError('bad-record', `target ${target.name}: record.first must be a number of rows above 0`);
  // what a kubeconfig says is checked by the one who reads it
  if (target.kind === 'kubernetes') return;
  const { database } = target.postgres;
  const bad = (key: string, what: string) => new TargetError('bad-address', `target ${target.name}: ${key} ${what}`);
  for (const { host, port } of hostsOf(target.postgres)) {
    if (host === '' || control.test(host)) throw bad('postgres.host', 'must be a host name or address');
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw bad('postgres.port', 'must lie between 1 and 65535');
  }
  if (!isName(database)) throw bad('postgres.database', `must be a name of at most ${nameBytes} bytes`);
  if (!isName(target.credential.user))
    throw new TargetError(
      'bad-credential',
      `target ${target.name}: credential.user must be a role name of at most ${nameBytes} bytes`,
    );
}

function isName(value: string): boolean {
  return value !== '' && !control.test(value) && Buffer.byteLength(value) <= nameBytes;
}

import { anything, child } from './document.js';
import type { DocumentValue } from './document.js';

/** Powers a pod can carry into a cluster; asked for where a body cannot tell. */
const POD_POWERS = ['host-access', 'use-secret', 'use-service-account'] as const;

const TRUTHS = new Set(['hostNetwork', 'hostPID', 'hostIPC', 'privileged', 'hostProcess']);
/** Kernel capabilities with which a container leaves its namespaces. */
const HOST_CAPABILITIES = new Set([
  'ALL',
  'BPF',
  'DAC_READ_SEARCH',
  'PERFMON',
  'SYSLOG',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_MODULE',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_TIME',
]);
const SECRET_REFERENCE = /secret(?:key)?refs?$/i;

/**
 * Adds the powers that a document's keys speak of, wherever they stand: a custom resource may hold a pod under any name,
 * so no place is taken for harmless. `anything` counts as the most powerful value.
 */
export function addPowers(value: DocumentValue | undefined, powers: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) addPowers(item, powers);
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      const power = powerOf(key, item);
      if (power !== null) powers.add(power);
      addPowers(item, powers);
    }
  } else if (value === anything) {
    for (const power of POD_POWERS) powers.add(power);
  }
}

function powerOf(key: string, value: DocumentValue): string | null {
  if (value === null || value === false) return null;
  if (TRUTHS.has(key) || key === 'hostPath') return isEmptyList(value) ? null : 'host-access';
  if (key === 'capabilities') return addsHostCapability(child(value, 'add')) ? 'host-access' : null;
  if (key === 'ephemeralContainers') return isEmptyList(value) ? null : 'debug';
  if (key === 'serviceAccountName' || key === 'serviceAccount')
    return isOwnAccount(value) ? 'use-service-account' : null;
  if (key === 'serviceAccountToken') return hasAudience(value) ? 'use-secret' : null;
  if (key === 'podCertificate') return 'mint-certificate';
  if (key === 'secret' || key === 'secretName' || SECRET_REFERENCE.test(key))
    return isNothing(value) ? null : 'use-secret';
  return null;
}

function isEmptyList(value: DocumentValue): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isNothing(value: DocumentValue): boolean {
  return value === '' || value === true || isEmptyList(value);
}

/** An account other than the namespace's default one. A list holds the occurrences of a protobuf field. */
function isOwnAccount(value: DocumentValue): boolean {
  if (Array.isArray(value)) return value.some(isOwnAccount);
  return value !== '' && value !== 'default' && value !== true && value !== null;
}

/** A projected token for the API server itself is what every pod gets; one for another audience is a credential. */
function hasAudience(value: DocumentValue): boolean {
  if (!(value instanceof Map)) return true;
  const audience = value.get('audience');
  return audience !== undefined && audience !== null && audience !== '';
}

function addsHostCapability(value: DocumentValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.some(addsHostCapability);
  if (typeof value !== 'string') return true;
  return HOST_CAPABILITIES.has(value.toUpperCase().replace(/^CAP_/, ''));
}

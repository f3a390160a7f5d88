import type { RequestInfoLike } from './body-facts.js';
import { anything, child, textOf } from './document.js';
import type { DocumentValue } from './document.js';
import { groupName, knowledgeOfKind, knowledgeOfResource } from './known-types.js';
import { addPowers } from './powers.js';

const KIND_POWERS = new Map([
  ['Role', 'change-rbac'],
  ['ClusterRole', 'change-rbac'],
  ['RoleBinding', 'change-rbac'],
  ['ClusterRoleBinding', 'change-rbac'],
  ['CertificateSigningRequest', 'mint-certificate'],
  ['PodCertificateRequest', 'mint-certificate'],
  ['TokenRequest', 'mint-token'],
]);
const TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';
const TOKEN_SECRET_ACCOUNT = 'kubernetes.io/service-account.name';

/**
 * The powers that an object (or the part of one that a patch writes) asks for. The request's path says which type the API
 * server will read; a body that names another one is searched as that one too.
 */
export function addCapabilities(object: DocumentValue, info: RequestInfoLike, powers: Set<string>): void {
  const kind = textOf(object, 'kind');
  const byPath = knowledgeOfResource(info);
  const byKind = kind === null ? null : knowledgeOfKind(textOf(object, 'apiVersion'), kind);
  const ownGroup = ['', 'apps', 'batch', 'extensions'].includes(groupName(info.group));
  const pods = byPath === 'pods' || byKind === 'pods' || (byPath === 'unknown' && !(ownGroup && byKind === 'plain'));
  addObject(object, kind, info.resource, pods, powers);
}

function addObject(
  object: DocumentValue,
  kind: string | null,
  resource: string | null,
  pods: boolean,
  powers: Set<string>,
): void {
  if (!(object instanceof Map)) {
    if (pods) addPowers(object, powers);
    return;
  }
  const power = KIND_POWERS.get(kind ?? '');
  if (power !== undefined) powers.add(power);
  const secret = kind === 'Secret' || resource === 'secrets' || resource === null;
  if (secret && isTokenSecret(object)) powers.add('token-secret');
  const volume = kind === 'PersistentVolume' || resource === 'persistentvolumes';
  if (volume && hasLocalPath(object)) powers.add('host-access');
  for (const [key, value] of object) {
    if (key === 'items' && Array.isArray(value)) {
      for (const item of value) addItem(item, pods, powers);
    } else if (pods && key !== 'metadata') {
      addPowers(new Map([[key, value]]), powers);
    }
  }
}

/** An item of a list is read by its own kind; one that names none like the list itself. */
function addItem(item: DocumentValue, pods: boolean, powers: Set<string>): void {
  const kind = textOf(item, 'kind');
  const known = kind === null ? null : knowledgeOfKind(textOf(item, 'apiVersion'), kind);
  addObject(item, kind, null, pods || known === 'pods' || known === 'unknown', powers);
}

/** A Secret into which the cluster would write a service account's token. */
function isTokenSecret(object: DocumentValue): boolean {
  const type = child(object, 'type');
  const metadata = child(object, 'metadata');
  const annotations = child(metadata, 'annotations');
  // a patch may carry the annotation over from where it is only a label
  if (type === TOKEN_SECRET_TYPE || [type, metadata, annotations].includes(anything)) return true;
  return isThere(child(annotations, TOKEN_SECRET_ACCOUNT));
}

function isThere(value: DocumentValue | undefined): boolean {
  return value !== undefined && value !== null;
}

function hasLocalPath(object: DocumentValue): boolean {
  const spec = child(object, 'spec');
  return isThere(child(spec, 'local')) || isThere(child(child(spec, 'persistentVolumeSource'), 'local'));
}

import { createHash } from 'node:crypto';
import { canonicalJson } from '@app/policy';
import type { Requester } from './actor.js';
import type { OperationBinding } from './binding.js';
import type { AccessScope } from './scope.js';

/** `sha256:` and the hex digest of the canonical JSON of plain data. @throws TypeError for what JSON cannot hold */
export function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

/**
 * What an approval of one operation is bound to: recomputed from every attempt, so that the identical retry matches and nothing else
 * does (evidence §7.1).
 * @throws TypeError for lone surrogates in a text
 */
export function operationDigest(binding: OperationBinding): string {
  return digestOf({ v: 1, kind: 'operation', ...binding, objects: [...binding.objects].sort() });
}

/** Everything a request for access ahead of time asks for. */
export interface AccessAsked {
  readonly id: string;
  readonly kind: 'access' | 'break-glass';
  readonly requester: Requester;
  readonly scope: AccessScope;
  /** ms */
  readonly duration: number;
  readonly reason: string;
  readonly incident: string | null;
  /** classes to be seen unmasked */
  readonly unmask: readonly string[];
}

/** The digest of a request for access: another request is never the same, whatever it asks for. @throws as {@link operationDigest} */
export function accessDigest({ requester, ...asked }: AccessAsked): string {
  const { iss, sub, act, azp, purpose } = requester;
  return digestOf({ v: 1, ...asked, unmask: [...asked.unmask].sort(), requester: { iss, sub, act, azp, purpose } });
}

/** What a reviewer puts their name to: what may run, and within which bounds (evidence §7.1, "Grant digest"). */
export interface GrantBounds {
  /** of the operation or the request */
  readonly digest: string;
  readonly unmask: readonly string[];
  /** ms the grant lives once it is given */
  readonly lifetime: number;
  /** null: any number */
  readonly uses: number | null;
  /** the approval's id */
  readonly nonce: string;
  /** hash of what was shown */
  readonly rendering: string;
}

/** @throws as {@link operationDigest} */
export function grantDigest(bounds: GrantBounds): string {
  return digestOf({ v: 1, kind: 'grant', ...bounds, unmask: [...bounds.unmask].sort() });
}

import type { Journal } from '@app/audit';
import { ulid } from '@app/platform';
import { diffPolicies, type Policy } from '@app/policy';
import { thisProcess } from './approvals/policy-versions.js';
import type { GatewayName } from './worker-settings.js';

/** Past it a difference is told by the names of its rules; the versions stand whole in the audit database. */
const DIFF_BYTES = 256 * 1024;

/** A policy that came into force. */
export interface PolicyChange {
  /** null: the process starts */
  readonly before: Policy | null;
  readonly after: Policy;
  readonly by: GatewayName;
}

/**
 * Records which policy is in force, who put it there, and what changed.
 * @returns number of the event @throws JournalError when the record takes nothing
 */
export function recordPolicy(journal: Journal, { before, after, by }: PolicyChange): number {
  const why = before === null ? 'start' : 'reload';
  const body = Buffer.from(
    JSON.stringify({ by: thisProcess(by), ...(before === null ? {} : differences(before, after)) }),
  );
  return journal.append({
    kind: 'policy.changed',
    at: Date.now(),
    members: `"before":${JSON.stringify(before?.hash ?? null)},"after":${JSON.stringify(after.hash)},"why":"${why}"`,
    body,
    // its body has a data key of its own
    session: ulid(Date.now()),
  });
}

function differences(before: Policy, after: Policy): object {
  const [was, is] = [before, after].map(({ rules }) => rules.map(({ rule }) => rule));
  const diff = diffPolicies(was ?? [], is ?? []);
  if (JSON.stringify(diff).length <= DIFF_BYTES) return diff;
  const names = (rules: readonly { readonly name: string }[]): readonly string[] => rules.map(({ name }) => name);
  return {
    added: names(diff.added),
    removed: names(diff.removed),
    changed: names(diff.changed),
    reordered: diff.reordered,
  };
}

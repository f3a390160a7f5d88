import type { Gate } from '@app/gate';
import type { Policy } from '@app/policy';
import type { ApprovalFeed } from '@app/store';
import type { PolicyVersions } from './policy-versions.js';
import type { StoredApprovals } from './stored-approvals.js';
import { within } from './within.js';

/** How often approvals are looked at although nobody told of a change, ms. */
const LOOK_MS = 2_000;
const SWEEP_MS = 1_000;
/** ms that the first look may keep the port shut */
const FIRST_LOOK_MS = 2_000;

/** What links a gateway to the approvals. */
export interface ApprovalsLinkParts {
  readonly approvals: StoredApprovals;
  readonly feed: ApprovalFeed;
  readonly gate: Pick<Gate, 'revoked' | 'sweep'>;
  readonly versions: PolicyVersions;
  readonly policy: { readonly current: Policy };
}

/** Keeps a gateway's approvals up to date from {@link start} to {@link stop}: told by the feed, and looked at all the same. */
export class ApprovalsLink {
  readonly #parts: ApprovalsLinkParts;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(parts: ApprovalsLinkParts) {
    this.#parts = parts;
  }

  /** Before the port opens. Resolves after the first look, or 2 s later; a database that is down is a warning. Never throws. */
  async start(): Promise<void> {
    const { approvals, feed, gate, versions, policy } = this.#parts;
    approvals.whenRevoked((approval) => gate.revoked(approval));
    feed.start();
    this.#timers.push(
      setInterval(() => approvals.look(), LOOK_MS).unref(),
      setInterval(() => gate.sweep(Date.now()), SWEEP_MS).unref(),
    );
    versions.keep(policy.current);
    await within(FIRST_LOOK_MS, 'tell which grants are in force', approvals.looked()).catch(() => undefined);
  }

  /** After the port is shut and nothing waits any more, before the database is closed. Never throws. */
  async stop(): Promise<void> {
    const { approvals, feed, versions } = this.#parts;
    for (const timer of this.#timers) clearInterval(timer);
    versions.stop();
    await feed.stop();
    await approvals.close();
  }
}

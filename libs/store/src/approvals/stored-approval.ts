import type { AccessScope, Actor, ApprovalState, Requester, Requirement, Review } from '@app/approvals';

/** What an approval is about: an operation before it ran, the rest of a result, access ahead of time, or an emergency. */
export type ApprovalKind = 'operation' | 'rows' | 'access' | 'break-glass';

/** What one reviewer said, as stored. */
export interface StoredDecision {
  readonly by: Actor;
  readonly decision: 'approve' | 'deny';
  /** rules whose quorum they count for */
  readonly rules: readonly string[];
  readonly reason: string | null;
  /** hash of what they were shown */
  readonly rendering: string;
  /** classes they let through unmasked; null: as asked */
  readonly unmask: readonly string[] | null;
  readonly at: Date;
}

/** One operation that waits or waited. */
export interface StoredWait {
  readonly operation: string;
  readonly since: Date;
  /** null: it waits, or its gateway crashed */
  readonly until: Date | null;
  readonly why: string | null;
}

/** One use of a grant: durable before the operation's intent. */
export interface StoredUse {
  /** from 1 */
  readonly useNo: number;
  /** of the gateway's journal */
  readonly epoch: string;
  readonly operation: string;
  readonly session: string;
  readonly at: Date;
}

/** An approval with all that belongs to it, as people see it. */
export interface StoredApproval {
  /** ULID */
  readonly id: string;
  readonly kind: ApprovalKind;
  readonly state: ApprovalState;
  /** `sha256:…` of the operation or of the request for access */
  readonly digest: string;
  /** a request for access: its targets, joined by a comma */
  readonly target: string;
  /** null: a request for access */
  readonly protocol: string | null;
  readonly session: string | null;
  /** the operation that asked first */
  readonly operation: string | null;
  readonly requester: Requester;
  readonly requirements: readonly Requirement[];
  /** the largest of the requirements' quorums */
  readonly quorum: number;
  /** escaped already; null: a request for access ({@link renderAccess} of `accessOf` shows it) */
  readonly review: Review | null;
  /** hash of what a reviewer is shown */
  readonly rendering: string;
  /** cannot be approved */
  readonly tooLong: boolean;
  readonly scope: AccessScope | null;
  /** of a request for access, and of a break-glass */
  readonly reason: string | null;
  readonly incident: string | null;
  /** classes to be seen unmasked: as asked, and once it is approved as granted */
  readonly unmask: readonly string[];
  /** null: any number */
  readonly uses: number | null;
  readonly usesLeft: number | null;
  /** ms a grant lives once it is given */
  readonly lifetime: number;
  /** null: not granted, or from the decision on */
  readonly notBefore: Date | null;
  /** pending: until when it can be decided; approved: until when it can be used */
  readonly expires: Date;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  readonly decisions: readonly StoredDecision[];
  readonly waits: readonly StoredWait[];
  readonly usedBy: readonly StoredUse[];
  readonly revoked: { readonly by: Actor; readonly reason: string; readonly at: Date } | null;
  /** by when a break-glass has to be reviewed */
  readonly reviewDue: Date | null;
  readonly glassReview: {
    readonly by: Actor;
    readonly verdict: string;
    readonly reason: string;
    readonly at: Date;
  } | null;
  /** hash of the policy that held it */
  readonly policy: string;
}

/** One page, newest first. */
export interface ApprovalPage {
  readonly items: readonly StoredApproval[];
  /** for the next page; null: this is the last one */
  readonly next: string | null;
}

/** Which approvals are listed; all conditions hold at once. */
export interface ApprovalFilter {
  readonly states?: readonly ApprovalState[] | undefined;
  readonly kinds?: readonly ApprovalKind[] | undefined;
  readonly requester?: Pick<Actor, 'iss' | 'sub'> | undefined;
  /** emergencies that nobody reviewed */
  readonly unreviewed?: boolean | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** What a gateway asks. The store renders and escapes the review itself. */
export interface NewApproval {
  /** ULID for the approval, if there is none yet */
  readonly id: string;
  readonly kind: 'operation' | 'rows';
  readonly digest: string;
  readonly target: string;
  readonly protocol: string;
  readonly session: string;
  readonly operation: string;
  readonly requester: Requester;
  readonly requirements: readonly Requirement[];
  /** ms: so long it can be decided, and so long it can be used then */
  readonly expires: number;
  readonly review: Review;
  readonly policy: string;
}

/** Where an approval stands, by the database's clock: what is past its end is `expired`, whether or not somebody noted it. */
export interface StoredStanding {
  readonly id: string;
  readonly state: ApprovalState;
  /** users who decided it, joined by a comma; who revoked it; null: nobody yet */
  readonly by: string | null;
  readonly reason: string | null;
  /** ms since the epoch */
  readonly expires: number;
}

/** A grant given ahead of time that is in force, or will be from `notBefore` on. */
export interface StoredGrant {
  readonly id: string;
  readonly kind: 'access' | 'break-glass';
  readonly requester: Requester;
  readonly scope: AccessScope;
  readonly unmask: readonly string[];
  /** ms since the epoch */
  readonly notBefore: number;
  /** ms since the epoch */
  readonly expires: number;
}

/** One use of a grant of a digest. */
export interface GrantUse {
  readonly id: string;
  readonly digest: string;
  /** of the journal that will record it */
  readonly epoch: string;
  readonly operation: string;
  readonly session: string;
}

/** A reviewer's decision, as the control API checked it. */
export interface NewDecision {
  readonly by: Actor;
  readonly decision: 'approve' | 'deny';
  readonly rules: readonly string[];
  readonly reason: string | null;
  /** hash of what they were shown: must be the approval's */
  readonly rendering: string;
  /** classes let through unmasked; left out: as asked */
  readonly unmask?: readonly string[] | undefined;
}

/** A request for access ahead of time. */
export interface NewAccess {
  /** ULID */
  readonly id: string;
  readonly requester: Requester;
  readonly requirements: readonly Requirement[];
  readonly scope: AccessScope;
  /** ms the grant lives */
  readonly duration: number;
  /** ms in which it can be decided */
  readonly decideWithin: number;
  readonly reason: string;
  readonly unmask: readonly string[];
  readonly policy: string;
}

/** Access in an emergency: granted at once, looked at afterwards. */
export interface NewBreakGlass {
  /** ULID */
  readonly id: string;
  readonly requester: Requester;
  readonly scope: AccessScope;
  /** ms, at most an hour */
  readonly duration: number;
  /** ms in which it has to be reviewed: 72 h */
  readonly reviewWithin: number;
  readonly reason: string;
  readonly incident: string;
  readonly unmask: readonly string[];
  readonly policy: string;
}

/** What somebody said of an emergency afterwards. */
export interface NewGlassReview {
  readonly by: Actor;
  readonly verdict: 'justified' | 'unjustified';
  readonly reason: string;
}

/** Why a change of an approval was refused. */
export type ApprovalErrorCode =
  | 'not-found'
  /** it stands in a state on which nothing like this follows */
  | 'settled'
  /** its time is over */
  | 'expired'
  /** this person has decided about it */
  | 'decided-already'
  /** the reviewer was shown something else */
  | 'rendering'
  | 'too-long'
  /** the schema refused it: the requester themselves, a quorum that is not there */
  | 'not-allowed';

/** A change that the store refused; nothing of it was written. The message is a whole sentence. */
export class ApprovalError extends Error {
  constructor(
    readonly code: ApprovalErrorCode,
    message: string,
    /** where the approval stands; null: there is none */
    readonly state: ApprovalState | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ApprovalError';
  }
}

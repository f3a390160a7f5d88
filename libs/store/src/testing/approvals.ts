import { createHash } from 'node:crypto';
import { type Actor, met, type Requester, type Requirement, type Review } from '@app/approvals';
import { ulid } from '@app/platform';
import { Client } from 'pg';
import type { Judge } from '../approvals/approval.store.js';
import type {
  NewAccess,
  NewApproval,
  NewBreakGlass,
  NewDecision,
  StoredApproval,
} from '../approvals/stored-approval.js';

// What specs of the store ask and decide; every value is legal, each call may replace some.

const iss = 'https://login.example.com';

export const person = (name: string): Actor => ({ iss, sub: `${name}-1`, user: `${name}@example.com` });

export const alice: Requester = {
  ...person('alice'),
  groups: ['analysts'],
  act: ['autogen'],
  azp: 'autogen',
  purpose: null,
};

export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

export const newId = (): string => ulid(Date.now());

export function requirement(replaced: Partial<Requirement> = {}): Requirement {
  return {
    rule: 'bulk',
    owner: null,
    reviewers: { groups: ['privacy'], users: [] },
    quorum: 1,
    stepUp: null,
    ...replaced,
  };
}

const review: Review = {
  target: 'crm',
  protocol: 'postgres',
  effect: 'read',
  verb: 'SELECT',
  statement: 'SELECT email FROM customers',
  parameters: [],
  objects: ['crm.public.customers'],
  reads: ['email'],
  writes: [],
  estimatedRows: null,
  diff: null,
  notes: [],
  requester: person('alice'),
  act: ['autogen'],
  purpose: null,
  rules: ['bulk'],
  rowsOut: null,
};

/** A question about an operation that nobody else asks about. */
export function ask(
  replaced: Partial<Omit<NewApproval, 'review'>> & { readonly review?: Partial<Review> } = {},
): NewApproval {
  const { review: shown, ...rest } = replaced;
  const id = newId();
  return {
    id,
    kind: 'operation',
    digest: digestOf(id),
    target: 'crm',
    protocol: 'postgres',
    session: newId(),
    operation: newId(),
    requester: alice,
    requirements: [requirement()],
    expires: 900_000,
    policy: digestOf('policy'),
    ...rest,
    review: { ...review, ...shown },
  };
}

export function access(replaced: Partial<NewAccess> = {}): NewAccess {
  return {
    id: newId(),
    requester: alice,
    requirements: [requirement({ rule: 'access' })],
    scope: { targets: ['crm'], does: ['read'], attributes: { zone: ['b'], area: ['a'] } },
    duration: 3_600_000,
    decideWithin: 86_400_000,
    reason: 'a migration',
    unmask: [],
    policy: digestOf('policy'),
    ...replaced,
  };
}

export function glass(replaced: Partial<NewBreakGlass> = {}): NewBreakGlass {
  return {
    id: newId(),
    requester: { ...person('root'), groups: ['platform'], act: [], azp: null, purpose: null },
    scope: { targets: ['*'] },
    duration: 3_600_000,
    reviewWithin: 72 * 3_600_000,
    reason: 'production is down',
    incident: 'INC-7',
    unmask: [],
    policy: digestOf('policy'),
    ...replaced,
  };
}

export function decision(
  of: Pick<StoredApproval, 'rendering'>,
  name: string,
  replaced: Partial<NewDecision> = {},
): NewDecision {
  return { by: person(name), decision: 'approve', rules: ['bulk'], reason: null, rendering: of.rendering, ...replaced };
}

/** Judges as the control API does, without asking who it is. */
export const judge: Judge = ({ requirements }, decisions) => {
  if (decisions.some((each) => each.decision === 'deny')) return 'deny';
  return met(requirements, decisions) ? 'complete' : 'approve';
};

/** Runs statements past every trigger, as only a superuser can. */
export async function pastTheGuards(superuserUrl: string, sql: string, values: readonly unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query('SET session_replication_role = replica');
    await client.query(sql, [...values]);
  } finally {
    await client.end();
  }
}

import type { Principal, Role } from '@app/identity';
import type { Requirement } from '@app/policy';
import type { OperationBinding } from '../binding.js';
import type { Review } from '../review.js';
import type { Reviewer } from '../reviewer.js';

// What specs speak of; every value is legal, each call may replace some.

/** carol of the group privacy, signed in a minute before 1 000 000, without an agent. */
export function sampleReviewer(replaced: Partial<Principal> = {}, roles: readonly Role[] = ['requester']): Reviewer {
  const principal: Principal = {
    iss: 'https://login.example.com',
    sub: 'carol-1',
    user: 'carol@example.com',
    groups: ['privacy'],
    act: [],
    azp: 'sallyport-cli',
    purpose: null,
    method: 'oidc',
    acr: 'mfa',
    authTime: 940_000,
    claims: {},
    jti: null,
    sid: null,
    expiresAt: 2_000_000,
    ...replaced,
  };
  return { principal, roles };
}

export function sampleRequirement(replaced: Partial<Requirement> = {}): Requirement {
  return {
    rule: 'bulk export',
    owner: null,
    reviewers: { groups: ['privacy'], users: [] },
    quorum: 1,
    stepUp: null,
    ...replaced,
  };
}

export function sampleReview(replaced: Partial<Review> = {}): Review {
  return {
    target: 'crm',
    protocol: 'postgres',
    effect: 'read',
    verb: 'SELECT',
    statement: 'SELECT email\nFROM customers\nWHERE id > $1',
    parameters: ['"7"'],
    objects: ['crm.public.customers'],
    reads: ['email'],
    writes: [],
    estimatedRows: 12_000,
    diff: null,
    notes: [],
    requester: { user: 'alice@example.com', sub: 'alice-1', iss: 'https://login.example.com' },
    act: ['autogen'],
    purpose: 'support',
    rules: ['bulk export'],
    rowsOut: null,
    ...replaced,
  };
}

export function sampleBinding(replaced: Partial<OperationBinding> = {}): OperationBinding {
  return {
    tenant: 'default',
    target: 'crm',
    protocol: 'postgres',
    database: 'crm',
    role: 'sallyport_crm',
    statement: 'ab'.repeat(32),
    parameters: 'cd'.repeat(32),
    settings: { search_path: '"$user", public', TimeZone: 'UTC' },
    objects: ['16384:r', '16390:v:ef'],
    iss: 'https://login.example.com',
    sub: 'alice-1',
    act: ['autogen'],
    azp: 'autogen',
    session: '*',
    purpose: 'support',
    policy: `sha256:${'01'.repeat(32)}`,
    requirements: [sampleRequirement()],
    masks: '23'.repeat(32),
    rows: null,
    ...replaced,
  };
}

/** Numbers in [0, 1) that are the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

import type { Principal } from '@app/identity';
import type { Decision, Operation } from '@app/policy';
import type { DescribedOperation, ResultChunk, ResultEnd } from '../described.js';
import type { SessionOpening } from '../session-record.js';

// What specs and schedules speak of; every value is legal, each call may replace some.

export function samplePrincipal(replaced: Partial<Principal> = {}): Principal {
  return {
    iss: 'https://login.example.com',
    sub: 'alice-1',
    user: 'alice@example.com',
    groups: ['analysts'],
    act: ['autogen'],
    azp: 'autogen',
    purpose: 'support',
    method: 'oidc',
    acr: null,
    authTime: null,
    claims: {},
    jti: null,
    sid: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
    ...replaced,
  };
}

export function sampleOperation(replaced: Partial<Operation> = {}): Operation {
  return {
    target: 'crm',
    protocol: 'wire',
    effect: 'read',
    verb: 'SELECT',
    kinds: ['select'],
    objects: ['crm.public.customers'],
    reads: ['email'],
    writes: [],
    attributes: {},
    capabilities: [],
    ...replaced,
  };
}

export function sampleDescribed(replaced: Partial<DescribedOperation> = {}): DescribedOperation {
  return {
    operation: sampleOperation(),
    harmless: true,
    finishes: false,
    doubt: null,
    stripped: 'SELECT id, email FROM customers WHERE id = ?',
    statement: 'SELECT id, email FROM customers WHERE id = $1',
    hmac: 'ab'.repeat(32),
    refusal: null,
    ...replaced,
  };
}

export function sampleDecision(replaced: Partial<Decision> = {}): Decision {
  return {
    effect: 'allow',
    rules: ['analysts read the CRM'],
    message: null,
    code: 'rule',
    policy: `sha256:${'cd'.repeat(32)}`,
    obligations: { rowLimits: [] },
    approval: null,
    validUntil: Number.POSITIVE_INFINITY,
    cacheable: true,
    ...replaced,
  };
}

export function sampleOpening(replaced: Partial<SessionOpening> = {}): SessionOpening {
  return {
    session: '01JD0000000000000000000001',
    principal: samplePrincipal(),
    target: 'crm',
    protocol: 'wire',
    release: 'durable',
    aheadBytes: 4 * 1024 * 1024,
    client: { address: '127.0.0.1', port: 50_000, application: 'psql' },
    upstream: {
      join: { pid: 4711, start: '2026-11-22T12:00:00.000000Z' },
      about: { host: 'db.example.com', port: 5432, database: 'crm', user: 'sallyport_crm' },
    },
    ...replaced,
  };
}

export function sampleChunk(replaced: Partial<ResultChunk> = {}): ResultChunk {
  return { rows: 0, bytes: 0, columns: [], values: null, recorded: '', ...replaced };
}

export function sampleEnd(replaced: Partial<ResultEnd> = {}): ResultEnd {
  return { status: 'ok', code: null, message: null, tag: 'SELECT 1', ...replaced };
}

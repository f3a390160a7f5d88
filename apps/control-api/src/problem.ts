/** Codes of the control API's errors: stable, matched on by programs. */
export type ProblemCode =
  | 'bad-request'
  | 'bad-cursor'
  | 'unauthenticated'
  | 'invalid-token'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'too-large'
  | 'unsupported-media-type'
  | 'too-many-requests'
  | 'internal'
  | 'not-recordable'
  | 'database-unavailable'
  | 'issuer-unavailable'
  | 'deny-list-unavailable';

/** The body of every error answer, `application/problem+json`. @see RFC 9457 §3 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** path of the request */
  readonly instance: string;
  readonly code: ProblemCode;
  /** what is wrong with the request, place by place */
  readonly errors?: readonly { readonly at: string; readonly message: string }[];
}

const titles: Record<ProblemCode, { readonly status: number; readonly title: string }> = {
  'bad-request': { status: 400, title: 'The request is not understood' },
  'bad-cursor': { status: 400, title: 'The cursor is not understood' },
  unauthenticated: { status: 401, title: 'A bearer token is needed' },
  'invalid-token': { status: 401, title: 'The token is not accepted' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'Only application/json is understood' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  'not-recordable': { status: 503, title: 'The request cannot be recorded' },
  'database-unavailable': { status: 503, title: 'The audit database is not available' },
  'issuer-unavailable': { status: 503, title: 'The token cannot be checked' },
  'deny-list-unavailable': { status: 503, title: 'The deny-list was never loaded' },
};

/** An expected failure of a request; the filter renders it. */
export class ProblemError extends Error {
  readonly status: number;
  readonly title: string;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly options: { readonly cause?: unknown; readonly errors?: Problem['errors'] } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'ProblemError';
    ({ status: this.status, title: this.title } = titles[code]);
  }
}

/** @param instance path of the request, without its query: that may hold personal data */
export function renderProblem(error: ProblemError, instance: string): Problem {
  const { code, detail, status, title, options } = error;
  const type = `urn:sallyport:problem:${code}`;
  return { type, title, status, detail, instance, code, ...(options.errors ? { errors: options.errors } : {}) };
}

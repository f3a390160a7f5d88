import type { Refusal, RefusalCode } from '@app/gate';

/** An error as a `metav1.Status`: what every Kubernetes client prints well (kubernetes API conventions, "Response Status Kind"). */
export interface StatusError {
  /** HTTP status */
  readonly code: number;
  /** `metav1.Status.reason` */
  readonly reason: string;
  /** for people and language models; line breaks are kept */
  readonly message: string;
  /** for programs */
  readonly causes?: readonly { readonly reason: string; readonly message: string }[];
}

/** ANSI escapes and other control characters reach the terminal of who runs kubectl: only line breaks are kept. */
function clean(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, '');
}

/** @returns the Status as JSON; never holds `Retry-After`: a refusal is final until something changes */
export function statusBody({ code, reason, message, causes = [] }: StatusError): Buffer {
  return Buffer.from(
    JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: clean(message),
      reason,
      ...(causes.length > 0 && {
        details: { causes: causes.map((cause) => ({ reason: cause.reason, message: clean(cause.message) })) },
      }),
      code,
    }),
  );
}

/** An error as it is written: type and bytes. */
export interface WrittenError {
  readonly contentType: string;
  readonly body: Buffer;
}

const discovery = /^(?:\/k8s\/[^/?]+)?\/(?:api(?:\/[\w.-]+)?|apis(?:\/[\w.-]+){0,2}|openapi\/[\w./-]*)\/?(?:\?|$)/u;

/**
 * An error as the client of a request shows it: a Status, but for discovery, of whose errors kubectl prints what is plain text and calls
 * anything else "unknown".
 * @param url request target as on the request line
 */
export function writtenError(status: StatusError, url: string): WrittenError {
  if (!discovery.test(url)) return { contentType: 'application/json', body: statusBody(status) };
  return { contentType: 'text/plain; charset=utf-8', body: Buffer.from(`${clean(status.message)}\n`) };
}

const codes: Readonly<Record<RefusalCode, readonly [code: number, reason: string]>> = {
  rule: [403, 'Forbidden'],
  'default-deny': [403, 'Forbidden'],
  'approvals-not-configured': [403, 'Forbidden'],
  masking: [403, 'Forbidden'],
  setting: [403, 'Forbidden'],
  'row-limit': [403, 'Forbidden'],
  'approval-pending': [403, 'ApprovalRequired'],
  'approval-denied': [403, 'ApprovalDenied'],
  'approval-expired': [403, 'Forbidden'],
  'approval-revoked': [403, 'Forbidden'],
  'approval-changed': [403, 'Forbidden'],
  'approval-unavailable': [503, 'ServiceUnavailable'],
  cancelled: [403, 'Forbidden'],
  // a code that no client repeats and that makes kubectl print the message
  unsupported: [501, 'NotImplemented'],
  unreadable: [400, 'BadRequest'],
  expired: [401, 'Unauthorized'],
  revoked: [401, 'Unauthorized'],
  'not-recordable': [503, 'ServiceUnavailable'],
};

/** A refusal of the gate as a Status. @param told what says it better than the refusal's code does */
export function refusalStatus(
  refusal: Refusal,
  told?: { readonly code: number; readonly reason: string } | null,
): StatusError {
  const [code, reason] = codes[refusal.code];
  const causes: { readonly reason: string; readonly message: string }[] = [{ reason: 'Retry', message: refusal.retry }];
  if (refusal.rule !== null) causes.unshift({ reason: 'Rule', message: refusal.rule });
  if (refusal.approval != null) causes.push({ reason: 'Approval', message: refusal.approval });
  if (refusal.operation !== '') causes.push({ reason: 'Operation', message: refusal.operation });
  return {
    code: told?.code ?? code,
    reason: told?.reason ?? reason,
    message: [
      refusal.message,
      ...(refusal.hint === null ? [] : [refusal.hint]),
      ...(refusal.rule === null ? [] : [`(rule: ${refusal.rule})`]),
    ].join(' '),
    causes,
  };
}

/** Thrown on the way of a request that gets a Status instead of an answer. */
export class StatusFailure extends Error {
  constructor(readonly status: StatusError) {
    super(status.message);
    this.name = 'StatusFailure';
  }
}

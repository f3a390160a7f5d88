import type { ResultEnd } from '@app/gate';

/** What a shell reports for a process that was killed. */
const KILLED = 137;

/** How a command ended, as channel 3 told it. */
export interface ExitStatus {
  /** null: it did not end by itself, or its code is not told */
  readonly code: number | null;
  readonly end: ResultEnd;
}

/**
 * Reads the status that ends exec and attach: Success, NonZeroExitCode with a cause ExitCode, or another failure.
 * @param json a metav1.Status, already masked
 */
export function exitStatus(json: Uint8Array): ExitStatus {
  const status = parsed(json);
  if (status === null)
    return {
      code: null,
      end: { status: 'unknown', code: null, message: 'the exit status is not readable', tag: null },
    };
  if (status.status === 'Success') return { code: 0, end: { status: 'ok', code: null, message: null, tag: 'exit 0' } };
  const message = text(status.message);
  const code = status.reason === 'NonZeroExitCode' ? exitCode(status.details) : null;
  if (code !== null) return { code, end: { status: 'error', code: String(code), message, tag: `exit ${code}` } };
  const reason = text(status.reason) ?? (typeof status.code === 'number' ? String(status.code) : null);
  return { code: null, end: { status: 'error', code: reason ?? 'Failure', message, tag: null } };
}

/**
 * The status by which we end a command that runs. The cause is for clients that take its message as the exit code and fail without one.
 */
export function failureStatus(reason: string, message: string): Uint8Array {
  const details = { causes: [{ reason: 'ExitCode', message: String(KILLED) }] };
  // it reaches the terminal of whoever runs the command: only line breaks are kept
  const clean = message.replaceAll(/[^\P{Cc}\n]/gu, '');
  return Buffer.from(JSON.stringify({ metadata: {}, status: 'Failure', message: clean, reason, details }), 'utf8');
}

/** Exit code that {@link failureStatus} tells. */
export const killedCode = String(KILLED);

interface StatusShape {
  readonly status?: unknown;
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly code?: unknown;
  readonly details?: unknown;
}

function parsed(json: Uint8Array): StatusShape | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(json).toString('utf8'));
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function exitCode(details: unknown): number | null {
  if (typeof details !== 'object' || details === null || !('causes' in details) || !Array.isArray(details.causes))
    return null;
  for (const cause of details.causes as readonly unknown[]) {
    if (typeof cause !== 'object' || cause === null) continue;
    const { reason, message } = cause as { reason?: unknown; message?: unknown };
    if (reason !== 'ExitCode' || typeof message !== 'string' || !/^\d{1,9}$/.test(message)) continue;
    return Number(message);
  }
  return null;
}

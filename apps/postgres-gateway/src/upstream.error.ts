import type { PostgresTarget } from '@app/targets';

/** Why a target could not be reached; the message names no credential. */
export class UpstreamError extends Error {
  /** `unfit`: it answered, but is not the kind of server that was asked for */
  readonly code: 'unreachable' | 'tls' | 'login' | 'protocol' | 'timeout' | 'unfit';
  /** SQLSTATE the target gave, if it answered */
  readonly sqlstate: string | null;

  constructor(code: UpstreamError['code'], message: string, options?: ErrorOptions & { sqlstate?: string }) {
    super(message, options);
    this.name = 'UpstreamError';
    this.code = code;
    this.sqlstate = options?.sqlstate ?? null;
  }
}

/** Starting up, shutting down, full: another server of the same database may take the session. */
const NOT_NOW = new Set(['57P01', '57P02', '57P03', '53300']);

/** Whether another server of the target could do better: a wrong password is wrong at all of them. */
export function anotherMayDo(error: unknown): error is UpstreamError {
  if (!(error instanceof UpstreamError)) return false;
  return error.code !== 'login' || (error.sqlstate !== null && NOT_NOW.has(error.sqlstate));
}

/** Why none of a target's servers could be used. @param failures at least one, in the order of the attempts */
export function noneWillDo(target: PostgresTarget, failures: readonly UpstreamError[]): UpstreamError {
  const [only] = failures;
  if (failures.length === 1 && only !== undefined) return only;
  const last = failures.findLast(({ code }) => code === 'login') ?? failures.at(-1);
  const why = failures.map(({ message }) => message).join('; ');
  return new UpstreamError(last?.code ?? 'unreachable', `no server of target ${target.name} can be used: ${why}`, {
    cause: last,
    ...(last?.sqlstate ? { sqlstate: last.sqlstate } : {}),
  });
}

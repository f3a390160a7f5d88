/** What is wrong with a set of targets. */
export type TargetErrorCode = 'bad-name' | 'duplicate-name' | 'bad-address' | 'bad-credential' | 'bad-record';

/** Thrown at start for targets that cannot be used; the message names the target and the key, never a secret. */
export class TargetError extends Error {
  constructor(
    readonly code: TargetErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'TargetError';
  }
}

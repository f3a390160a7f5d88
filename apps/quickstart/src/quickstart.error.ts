/** A start that cannot go on: the message names the thing and what to do; `exitCode` 2 is a wrong command line. */
export class QuickstartError extends Error {
  override readonly name = 'QuickstartError';

  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** `row-shape`: a DataRow does not have the plan's columns. `row-bytes`: its lengths do not fit its frame. `row-size`: the masked row exceeds what a frame can say. */
export type MaskingErrorCode = 'row-shape' | 'row-bytes' | 'row-size';

/** A row that cannot be masked with certainty: nothing of it may be released, the caller cuts the connection. Never quotes data. */
export class MaskingError extends Error {
  override readonly name = 'MaskingError';

  constructor(
    readonly code: MaskingErrorCode,
    message: string,
  ) {
    super(message);
  }
}

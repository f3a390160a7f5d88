/** The time, as a part that tests can set. */
export abstract class Clock {
  /** ms since 1970 */
  abstract now(): number;
}

export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }
}

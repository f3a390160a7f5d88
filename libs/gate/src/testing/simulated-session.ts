/** One client with its lanes and its target, moved by a schedule. */
export interface SimulatedSession {
  readonly id: string;
  /** something still waits though nothing keeps it */
  readonly stuck: boolean;
  /** how often it was told that the record failed */
  readonly failures: number;
  /** how often the target was paused because too much waited */
  readonly pauses: number;
  /** The client says something. */
  say(): void;
  /** The target goes on with what reached it. */
  answer(): void;
  /** Access of this person is taken away. */
  revoke(): void;
  /** What was begun before an end comes too late. */
  goOnTooLate(): void;
  /** Ends the session. @param orderly what is recorded leaves first */
  finish(orderly: boolean): void;
}

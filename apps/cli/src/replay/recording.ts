/**
 * What one frame carried: text, other bytes in base64, or, where the bytes are not kept, how many they were and the SHA-256 of all
 * bytes of the channel not kept so far. `unmasked`: masking patterns were configured, and this passed without them (an archive).
 */
export type RecordedData =
  string | { readonly b64: string } | { readonly bytes: number; readonly sha256: string; readonly unmasked?: boolean };

/** `[ms since the command began, channel, data]`: stdin, stdout, stderr, resize (`80x24`), exit code. */
export type RecordedFrame = readonly [ms: number, channel: 'i' | 'o' | 'e' | 'r' | 'x', data: RecordedData];

/** Recording of one exec or attach, as `GET /v1/operations/{id}/recording` answers. */
export interface Recording {
  readonly operation: string;
  /** as people type it */
  readonly command: string;
  readonly tty: boolean;
  /** ISO 8601, or ms since the epoch */
  readonly startedAt?: string | number;
  readonly frames: readonly RecordedFrame[];
}

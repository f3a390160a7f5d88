/** A part of a COPY stream: a row with its line end, a header (names, or the signature of the binary format), the binary trailer. */
export interface CopyPiece {
  readonly kind: 'row' | 'header' | 'trailer';
  /** empty when it was too long to be kept */
  readonly bytes: Buffer;
  /** of the piece, kept or not */
  readonly size: number;
}

/** Finds where pieces end, whatever the chunks are. */
export interface PieceScan {
  /** @returns index after the next end of a piece in `chunk` from `at` on, -1: it goes on in the next chunk */
  end(chunk: Buffer, at: number): number;
  /** what ended there */
  readonly kind: CopyPiece['kind'];
}

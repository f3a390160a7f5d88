import type { SpanListener } from './answer-visitor.js';
import { ITEM } from './resource-shape.js';

/** A longer document is only mentioned. */
const LONGEST_DOCUMENT = 256 * 1024;

/**
 * Counts the items of an answer and keeps the first of them as they are given out: the elements of a list, the rows of a table, the
 * events of a watch, else the document itself.
 */
export class KeptDocuments implements SpanListener {
  items = 0;
  private documents: string[] = [];
  private keptSoFar = 0;
  private list = false;
  /** where, in bytes given out, documents begin (even places) and end (odd ones) that are not cut out yet */
  private edges: number[] = [];
  private partial: Uint8Array[] = [];
  private partialBytes = 0;
  private capturing = false;
  private position = 0;

  constructor(
    private readonly keep: number,
    private readonly events: boolean,
  ) {}

  open(uses: number, array: boolean, offset: number, depth: number): void {
    if ((uses & ITEM) === 0) return;
    if (depth === 0) this.list = false;
    if (depth === 1 && array && !this.events && !this.list) {
      this.list = true;
      this.drop();
    }
    if (!array && this.isItem(depth) && this.keptSoFar < this.keep) {
      this.edges.push(offset);
    }
  }

  close(uses: number, array: boolean, offset: number, depth: number): void {
    if ((uses & ITEM) === 0 || array || !this.isItem(depth)) return;
    this.items++;
    if (this.isOpen()) {
      this.edges.push(offset);
      this.keptSoFar++;
    }
  }

  /** The bytes given out next. */
  feed(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      const end = this.position + piece.length;
      let from = 0;
      while (this.edges.length > 0 && (this.edges[0] as number) <= end) {
        const at = (this.edges.shift() as number) - this.position;
        if (this.capturing) this.complete(piece.subarray(from, at));
        this.capturing = !this.capturing;
        from = at;
      }
      if (this.capturing) this.append(piece.subarray(from));
      this.position = end;
    }
  }

  /** Items and documents since the last call. */
  take(): { readonly items: number; readonly documents: readonly string[] } {
    const taken = { items: this.items, documents: this.documents };
    this.items = 0;
    this.documents = [];
    return taken;
  }

  private isItem(depth: number): boolean {
    return this.list ? depth === 2 : depth === 0;
  }

  private isOpen(): boolean {
    return this.capturing !== (this.edges.length % 2 === 1);
  }

  /** What was taken for a document is what stands around a list. */
  private drop(): void {
    if (this.isOpen() && this.edges.length > 0) this.edges.pop();
    else this.capturing = false;
    this.partial = [];
    this.partialBytes = 0;
  }

  private append(bytes: Uint8Array): void {
    this.partialBytes += bytes.length;
    if (this.partialBytes > LONGEST_DOCUMENT) this.partial = [];
    // the piece belongs to the client's socket soon
    else this.partial.push(Buffer.from(bytes));
  }

  private complete(bytes: Uint8Array): void {
    this.append(bytes);
    const whole = this.partialBytes <= LONGEST_DOCUMENT;
    this.documents.push(
      whole
        ? Buffer.concat(this.partial).toString('utf8')
        : JSON.stringify({ omitted: `a document of ${this.partialBytes} bytes` }),
    );
    this.partial = [];
    this.partialBytes = 0;
  }
}

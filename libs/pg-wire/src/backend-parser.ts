import { FrameSplitter, type OnFrame } from './frame-splitter.js';
import { backendLengths, type WireLimits } from './limits.js';

/** Cuts what a target sends into frames, without decoding them and without an allocation per frame. */
export class BackendParser {
  private readonly splitter: FrameSplitter;

  constructor(limits: WireLimits) {
    this.splitter = new FrameSplitter(backendLengths(limits), 'backend');
  }

  /**
   * Reports every frame that `chunk` completes, in wire order: `onFrame(type, buffer, start, end)`, header included. `buffer` is
   * `chunk` itself for a frame that lies whole inside it, so neighbours can be forwarded as one view; a frame split over chunks
   * comes in a buffer of its own. Both stay valid as long as the caller does not reuse the chunk's memory.
   * @throws ProtocolError 08P01, fatal, for an unknown type or a length out of bounds; whatever `onFrame` throws. After either the
   * parser is broken and every call throws.
   */
  push(chunk: Buffer, onFrame: OnFrame): void {
    this.splitter.push(chunk, onFrame);
  }

  /** Bytes kept of an unfinished frame: not 0 when the target goes away means that it died inside a message. */
  pending(): number {
    return this.splitter.pending();
  }
}

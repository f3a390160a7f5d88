// Reads what reaches a PostgreSQL server, independent of the code under test (PostgreSQL 18 manual, "Message Formats"): every byte has to
// belong to a whole, known message that is filled exactly.

const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;
const VERSIONS = new Set([0x3_0000, 0x3_0002]);

/** One connection to a server. */
export class FrontendReader {
  messages = 0;
  /** what no server should get; null: nothing so far */
  wrong: string | null = null;
  #kept: Buffer = Buffer.alloc(0);
  #started = false;

  /** The connection is over. */
  ended(): void {
    if (this.#kept.length > 0) this.wrong ??= `${this.#kept.length} bytes of a message that never ended`;
  }

  read(chunk: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, chunk]);
    try {
      while (this.wrong === null && this.#next()) this.messages += 1;
    } catch (error) {
      this.wrong = error instanceof Error ? error.message : String(error);
    }
  }

  #next(): boolean {
    const kept = this.#kept;
    if (this.#started) return this.#frame(kept);
    if (kept.length < 8) return false;
    const length = kept.readUInt32BE(0);
    const code = kept.readUInt32BE(4);
    if (length > 10_004) throw new Error(`a startup packet of ${length} bytes`);
    if (kept.length < length) return false;
    if (code === SSL_REQUEST || code === CANCEL_REQUEST) {
      this.#kept = kept.subarray(length);
      return true;
    }
    if (!VERSIONS.has(code)) throw new Error(`protocol ${code}`);
    const texts = kept.toString('latin1', 8, length).split('\0');
    if (texts.length % 2 !== 0 || texts.at(-1) !== '' || texts.at(-2) !== '')
      throw new Error('a startup packet of another shape');
    this.#started = true;
    this.#kept = kept.subarray(length);
    return true;
  }

  #frame(kept: Buffer): boolean {
    if (kept.length < 5) return false;
    const type = String.fromCharCode(kept[0]!);
    const length = kept.readUInt32BE(1);
    if (length < 4 || length > 0x3fff_ffff) throw new Error(`a message "${type}" of ${length} bytes`);
    if (kept.length < length + 1) return false;
    const body = new Body(kept.subarray(5, length + 1));
    readBody(type, body);
    if (body.left !== 0) throw new Error(`${body.left} bytes too many in a message "${type}"`);
    this.#kept = kept.subarray(length + 1);
    return true;
  }
}

class Body {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  text(): void {
    const end = this.bytes.indexOf(0, this.#at);
    if (end < 0) throw new Error('a text without its end');
    this.#at = end + 1;
  }

  take(count: number): Buffer {
    if (count < 0 || count > this.left) throw new Error('a message shorter than it says');
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  int16(): number {
    return this.take(2).readUInt16BE(0);
  }

  int32(): number {
    return this.take(4).readInt32BE(0);
  }
}

function readBody(type: string, body: Body): void {
  switch (type) {
    case 'Q':
      return body.text();
    case 'P':
      body.text();
      body.text();
      return void body.take(4 * body.int16());
    case 'B':
      body.text();
      body.text();
      body.take(2 * body.int16());
      for (let left = body.int16(); left > 0; left--) {
        const length = body.int32();
        if (length !== -1) body.take(length);
      }
      return void body.take(2 * body.int16());
    case 'D':
    case 'C':
      if (!'SP'.includes(String.fromCharCode(body.take(1)[0]!))) throw new Error(`a message "${type}" of another kind`);
      return body.text();
    case 'E':
      body.text();
      return void body.int32();
    case 'S':
    case 'H':
    case 'X':
    case 'c':
      return;
    case 'f':
      return body.text();
    case 'd':
    case 'p':
      return void body.take(body.left);
    default:
      throw new Error(`a message of type ${JSON.stringify(type)}`);
  }
}

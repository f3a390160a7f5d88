import type { WriteStream } from 'node:tty';

/** Tells the person what is going on; colours only where somebody looks at a terminal. */
export class Narrator {
  private readonly colours: boolean;

  constructor(
    private readonly out: WriteStream,
    private readonly quiet: boolean,
    environment: NodeJS.ProcessEnv,
  ) {
    this.colours = out.isTTY === true && environment['NO_COLOR'] === undefined && environment['TERM'] !== 'dumb';
  }

  /** Does `work` and says how long it took; `work` may return a remark about its result. */
  async step<T>(name: string, work: () => Promise<T>, remark: (result: T) => string = () => ''): Promise<T> {
    const begin = performance.now();
    const result = await work();
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    const more = remark(result);
    if (!this.quiet)
      this.line(`${this.paint('32', '✓')} ${name}${more && `: ${more}`} ${this.paint('2', `${seconds} s`)}`);
    return result;
  }

  note(text: string): void {
    if (!this.quiet) this.line(text);
  }

  always(text: string): void {
    this.line(text);
  }

  warn(text: string): void {
    this.line(`${this.paint('33', 'warning:')} ${text}`);
  }

  heading(text: string): string {
    return this.paint('1', text);
  }

  private paint(code: string, text: string): string {
    return this.colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  private line(text: string): void {
    this.out.write(`${text}\n`);
  }
}

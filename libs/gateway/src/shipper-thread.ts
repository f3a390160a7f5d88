import { Worker } from 'node:worker_threads';
import type { FileJournal, ShippingProgress } from '@app/audit';
import type { FromShipper, ShipperThreadData, ToShipper } from './shipper-messages.js';

const RESTART_MS = 1_000;

/** What the thread ships, and whom it tells. */
export interface ShipperThreadOptions extends Omit<ShipperThreadData, 'watermark'> {
  readonly journal: Pick<FileJournal, 'durable' | 'onAdvance' | 'shipped' | 'olderBehind'>;
  /** called when the state, the error or the alarms changed; for the log and the metrics */
  readonly onChange?: (progress: ShippingProgress) => void;
  /** called when the thread died and will be started again */
  readonly onDeath?: (reason: string) => void;
  /** the compiled thread; tests give the one in `dist` */
  readonly entry?: URL;
}

/**
 * Ships the journal on a thread of its own, so that reading, encrypting and copying cost the statements nothing. A thread
 * that dies is started again where the files say it stopped; meanwhile the journal's own account says how far behind it is.
 */
export class ShipperThread {
  /** last report; null: none yet */
  progress: ShippingProgress | null = null;
  private readonly watermark = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  private readonly durable = new Float64Array(this.watermark);
  private readonly unsubscribe: () => void;
  private worker: Worker | null = null;
  private restart: NodeJS.Timeout | null = null;
  private stopping = false;
  private lastChange = '';

  constructor(private readonly options: ShipperThreadOptions) {
    const { journal } = options;
    this.durable[0] = journal.durable;
    this.unsubscribe = journal.onAdvance(() => {
      this.durable[0] = journal.durable;
    });
  }

  start(): void {
    const { url, keys, older, live, entry = new URL('./shipper.worker.js', import.meta.url) } = this.options;
    const workerData: ShipperThreadData = { url, keys, older, live, watermark: this.watermark };
    const worker = new Worker(entry, { workerData, name: 'shipper' });
    this.worker = worker;
    let reason = 'it ended by itself';
    worker.on('message', ({ progress }: FromShipper) => this.take(progress));
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.once('exit', () => {
      this.worker = null;
      // `done`: the journal was closed and all of it is shipped; there is nothing to start again for.
      if (this.stopping || this.progress?.state === 'done') return;
      this.options.onDeath?.(reason);
      this.restart = setTimeout(() => this.start(), RESTART_MS);
    });
  }

  /** Ships what is durable for at most `withinMs`, then ends the thread. Call it after the journal's `close`. */
  async stop(withinMs: number): Promise<void> {
    this.stopping = true;
    this.durable[0] = this.options.journal.durable;
    this.unsubscribe();
    if (this.restart !== null) clearTimeout(this.restart);
    const { worker } = this;
    if (worker === null) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage({ stopWithinMs: withinMs } satisfies ToShipper);
    // The sink may sit in a call of its own; it has its time-outs, but a stop has its deadline.
    const tooLong = setTimeout(() => void worker.terminate(), withinMs + 1_000);
    await exited;
    clearTimeout(tooLong);
  }

  private take(progress: ShippingProgress): void {
    const { journal, onChange } = this.options;
    this.progress = progress;
    journal.shipped(progress.shippedN);
    journal.olderBehind(progress.olderBytes);
    const change = JSON.stringify([progress.state, progress.error, progress.alarms]);
    if (change === this.lastChange) return;
    this.lastChange = change;
    onChange?.(progress);
  }
}

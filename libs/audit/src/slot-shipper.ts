import { basename } from 'node:path';
import type { AuditSink } from './audit-sink.js';
import type { KeyStore } from './keys.js';
import type { ShipperOptions, ShipperState } from './shipper.js';
import { Shipper } from './shipper.js';

/** What a writer's folder is shipped with. */
export interface SlotShipperOptions extends Omit<ShipperOptions, 'folder' | 'durable'> {
  readonly keys: KeyStore;
  readonly sink: AuditSink;
  /** epochs of dead writers, as `recoverSlot` found them, oldest first */
  readonly older: readonly { readonly folder: string; readonly bytes: number }[];
  /** folder of the living epoch */
  readonly live: string;
  /** durable watermark of the living journal */
  readonly durable: () => number;
}

/** How far shipping is; plain data, may be posted between threads. */
export interface ShippingProgress {
  /** highest n of the living epoch in the audit database; -1: none */
  readonly shippedN: number;
  /** bytes of older epochs still to be shipped */
  readonly olderBytes: number;
  readonly state: ShipperState;
  /** what keeps it from going on; null: nothing */
  readonly error: string | null;
  /** epochs that are not shipped any further, each with its reason; people must look at them */
  readonly alarms: readonly { readonly epoch: string; readonly reason: string }[];
}

/** Ships all of a writer's folder: what dead epochs left, then the living one. */
export class SlotShipper {
  private readonly alarms: { epoch: string; reason: string }[] = [];
  private olderBytes: number;
  private current: Shipper | null = null;
  private live: Shipper | null = null;
  private stopped = false;
  private running: Promise<void> | null = null;

  constructor(private readonly options: SlotShipperOptions) {
    this.olderBytes = options.older.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get progress(): ShippingProgress {
    const { alarms, olderBytes, current, live } = this;
    return {
      shippedN: live?.position ?? -1,
      olderBytes,
      state: current?.state ?? 'shipping',
      error: current?.error ?? null,
      alarms: [...alarms],
    };
  }

  /** Begins, once. @returns when the living epoch is done, an alarm, or `stop` was called */
  start(): Promise<void> {
    this.running ??= this.run();
    return this.running;
  }

  /** As `Shipper.stop`; what is left is found by the next process. */
  async stop(withinMs: number): Promise<void> {
    this.stopped = true;
    await this.current?.stop(withinMs);
    await this.running;
  }

  private async run(): Promise<void> {
    const { older, live, durable } = this.options;
    for (const { folder, bytes } of older) {
      if (this.stopped) return;
      const shipper = this.shipper(folder, null);
      if (shipper !== null) await this.carry(shipper);
      this.olderBytes -= bytes;
    }
    if (this.stopped) return;
    this.live = this.shipper(live, durable);
    if (this.live !== null) await this.carry(this.live);
  }

  private shipper(folder: string, durable: (() => number) | null): Shipper | null {
    try {
      return new Shipper({ ...this.options, folder, durable });
    } catch (error) {
      this.alarms.push({ epoch: basename(folder), reason: error instanceof Error ? error.message : String(error) });
      return null;
    }
  }

  private async carry(shipper: Shipper): Promise<void> {
    this.current = shipper;
    await shipper.start();
    if (shipper.state === 'alarm') this.alarms.push({ epoch: shipper.epoch, reason: shipper.error ?? 'unknown' });
  }
}

import type { ShippingProgress } from '@app/audit';

/** What the shipper's thread is started with. */
export interface ShipperThreadData {
  /** URL of the audit database, secrets included: it stays within the process */
  readonly url: string;
  readonly keys: { readonly folder: string; readonly tenant?: string; readonly master?: Uint8Array };
  readonly older: readonly { readonly folder: string; readonly bytes: number }[];
  /** folder of the living epoch */
  readonly live: string;
  /** one float64: durable watermark of the living journal */
  readonly watermark: SharedArrayBuffer;
}

/** From the thread, when something changed and at least every 500 ms. */
export type FromShipper = { readonly progress: ShippingProgress };

/** To the thread: ship what is durable within this time, then end. */
export type ToShipper = { readonly stopWithinMs: number };

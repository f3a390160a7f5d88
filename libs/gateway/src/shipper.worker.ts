import { parentPort, workerData } from 'node:worker_threads';
import { KeyStore, SlotShipper } from '@app/audit';
import { PgAuditSink } from '@app/store';
import type { FromShipper, ShipperThreadData, ToShipper } from './shipper-messages.js';

const REPORT_MS = 100;
const REPORT_AT_LEAST_MS = 500;

const port = parentPort;
if (port === null) throw new Error('shipper.worker is started as a thread of the gateway');

const { url, keys, older, live, watermark } = workerData as ShipperThreadData;
const durable = new Float64Array(watermark);
const sink = new PgAuditSink({ url });
const shipper = new SlotShipper({ keys: new KeyStore(keys), sink, older, live, durable: () => durable[0] ?? -1 });

let reported = '';
let reportedAt = 0;
const report = (): void => {
  const { progress } = shipper;
  const text = JSON.stringify(progress);
  const now = Date.now();
  if (text === reported && now - reportedAt < REPORT_AT_LEAST_MS) return;
  reported = text;
  reportedAt = now;
  port.postMessage({ progress } satisfies FromShipper);
};
const timer = setInterval(report, REPORT_MS);

const end = async (): Promise<void> => {
  clearInterval(timer);
  reported = '';
  report();
  await sink.close();
  port.close();
};

port.on('message', ({ stopWithinMs }: ToShipper) => void shipper.stop(stopWithinMs));
void shipper.start().then(async () => {
  // After an alarm the thread stays: it goes on telling why nothing is shipped.
  if (shipper.progress.state === 'alarm') port.once('message', () => void end());
  else await end();
});

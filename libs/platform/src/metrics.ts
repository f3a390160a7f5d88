import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

export type { Counter, Gauge, Histogram } from 'prom-client';

/** The measurements of one process as plain data, to be sent to the process that serves them. */
export type MetricsSnapshot = MetricObjectWithValues<MetricValue<string>>[];

/** What is measured: the full name is `sallyport_<name>`, with the unit at its end (`_seconds`, `_bytes`, `_total`). */
export interface MetricDescription<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

/** Bounds in seconds from 50 µs to 10 s, for the time of operations and of the disk. */
export const secondsBuckets: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** The measurements of one process, in Prometheus' text format. Labels must come from small fixed sets: no users, no statements. */
export class Metrics {
  /** media type of `text()` */
  readonly contentType: string;
  private readonly registry = new Registry();

  /** @param labels carried by every measurement of the process, `{ process: 'postgres-gateway', worker: '1' }` */
  constructor(labels: Readonly<Record<string, string>>) {
    this.registry.setDefaultLabels({ ...labels });
    this.contentType = this.registry.contentType;
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts up. */
  counter<Label extends string = never>(description: MetricDescription<Label>): Counter<Label> {
    return new Counter({ ...this.named(description) });
  }

  /** Goes up and down; `read` is called when the measurements are read. */
  gauge<Label extends string = never>(description: MetricDescription<Label>, read?: () => number): Gauge<Label> {
    if (read === undefined) return new Gauge({ ...this.named(description) });
    return new Gauge({
      ...this.named(description),
      collect() {
        this.set(read());
      },
    });
  }

  /** Counts by size; `buckets` are upper bounds in the unit of the name. */
  histogram<Label extends string = never>(
    description: MetricDescription<Label>,
    buckets: readonly number[] = secondsBuckets,
  ): Histogram<Label> {
    return new Histogram({ ...this.named(description), buckets: [...buckets] });
  }

  /** Everything measured, as Prometheus reads it. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** Everything measured, to be merged elsewhere. */
  snapshot(): Promise<MetricsSnapshot> {
    return this.registry.getMetricsAsJSON();
  }

  /** The text of several processes' snapshots; their labels keep them apart. */
  static merge(snapshots: readonly MetricsSnapshot[]): Promise<string> {
    return AggregatorRegistry.aggregate([...snapshots]).metrics();
  }

  private named<Label extends string>(description: MetricDescription<Label>) {
    return {
      name: `sallyport_${description.name}`,
      help: description.help,
      labelNames: [...(description.labels ?? [])],
      registers: [this.registry],
    };
  }
}

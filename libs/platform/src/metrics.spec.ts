import { Metrics } from './metrics.js';

describe('metrics', () => {
  it('refuse a second measurement of the same name', () => {
    const metrics = new Metrics({ process: 'spec' });
    metrics.counter({ name: 'operations_total', help: 'Operations.' });
    expect(() => metrics.counter({ name: 'operations_total', help: 'Operations.' })).toThrow();
  });

  it('are written with the labels of the process', async () => {
    const metrics = new Metrics({ process: 'spec', worker: '2' });
    metrics.counter({ name: 'operations_total', help: 'Operations.', labels: ['verdict'] }).inc({ verdict: 'deny' }, 3);
    let open = 1;
    metrics.gauge({ name: 'sessions', help: 'Open sessions.' }, () => open);
    open = 5;
    const text = await metrics.text();
    expect(text).toContain('sallyport_operations_total{verdict="deny",process="spec",worker="2"} 3');
    expect(text).toContain('sallyport_sessions{process="spec",worker="2"} 5');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('of several workers are merged without mixing them', async () => {
    const workers = ['1', '2'].map((worker) => new Metrics({ worker }));
    for (const [index, metrics] of workers.entries())
      metrics.histogram({ name: 'wait_seconds', help: 'Waiting.' }).observe(index === 0 ? 0.002 : 0.2);
    const text = await Metrics.merge(await Promise.all(workers.map((metrics) => metrics.snapshot())));
    expect(text).toContain('sallyport_wait_seconds_count{worker="1"} 1');
    expect(text).toContain('sallyport_wait_seconds_bucket{le="0.0025",worker="1"} 1');
    expect(text).toContain('sallyport_wait_seconds_bucket{le="0.0025",worker="2"} 0');
  });
});

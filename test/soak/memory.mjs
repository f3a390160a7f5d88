import { readFileSync } from 'node:fs';

const MIB = 1024;

/** Resident memory of a process in MiB; null when it is gone. */
export function residentMemory(pid) {
  try {
    return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / MIB;
  } catch {
    return null;
  }
}

/** Memory of processes, sampled while something else goes on. */
export class MemoryWatch {
  #timer;
  #samples = new Map();

  /** @param pids tells which processes there are now */
  constructor(pids, everyMs) {
    const sample = () => {
      const at = performance.now() / 60_000;
      for (const pid of pids()) {
        const rss = residentMemory(pid);
        if (rss === null) continue;
        const samples = this.#samples.get(pid) ?? [];
        samples.push({ at, rss });
        this.#samples.set(pid, samples);
      }
    };
    sample();
    this.#timer = setInterval(sample, everyMs);
  }

  /** @returns for each process that was there all the time: MiB at first (median of a quarter) and at last, and MiB a minute by least squares */
  stop() {
    clearInterval(this.#timer);
    const most = Math.max(...[...this.#samples.values()].map((samples) => samples.length));
    return [...this.#samples]
      .filter(([, samples]) => samples.length === most)
      .map(([pid, samples]) => {
        const quarter = Math.max(1, Math.floor(samples.length / 4));
        return {
          pid,
          samples: samples.length,
          first: medianOf(samples.slice(0, quarter)),
          last: medianOf(samples.slice(-quarter)),
          slope: slopeOf(samples),
        };
      });
  }
}

function medianOf(samples) {
  const sorted = samples.map(({ rss }) => rss).sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function slopeOf(samples) {
  const mean = (of) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [at, rss] = [mean((one) => one.at), mean((one) => one.rss)];
  const spread = samples.reduce((sum, one) => sum + (one.at - at) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, one) => sum + (one.at - at) * (one.rss - rss), 0) / spread;
}

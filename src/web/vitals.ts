/** Figures about this process, under the names that Prometheus clients share. */

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

const NANOSECONDS = 1e9;

export interface Vitals {
  residentBytes: () => number;
  heapUsedBytes: () => number;
  cpuSeconds: () => number;
  startedAtSeconds: () => number;
  /** Delays of the event loop since the last reading, in seconds; `sum` and `count` since the start. */
  lag: () => { p50: number; p99: number; sum: number; count: number };
  close: () => void;
}

export function createVitals(): Vitals {
  const delays = monitorEventLoopDelay({ resolution: 20 });
  delays.enable();
  let sum = 0;
  let count = 0;
  return {
    residentBytes: () => process.memoryUsage.rss(),
    heapUsedBytes: () => process.memoryUsage().heapUsed,
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    startedAtSeconds: () => performance.timeOrigin / 1000,
    lag: () => {
      const reading = { p50: delays.percentile(50) / NANOSECONDS, p99: delays.percentile(99) / NANOSECONDS };
      // Without a sample the histogram's mean is NaN.
      sum += delays.count === 0 ? 0 : (delays.mean * delays.count) / NANOSECONDS;
      count += delays.count;
      delays.reset();
      return { ...reading, sum, count };
    },
    close: () => delays.disable(),
  };
}

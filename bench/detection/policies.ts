import { interval } from './baselines/interval.ts';
import { oracle } from './baselines/oracle.ts';
import { burnRate, cusum } from './baselines/statistics.ts';
import type { DetectionPolicy } from '../../src/core/detection.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import type { MakePolicy } from './policy.ts';
import { reelwatch } from './reelwatch.ts';
import { HOUR, MIN } from './settings.ts';

export interface Contestant {
  readonly about: string;
  readonly make: MakePolicy;
}

const plain = { retrySec: null, checkEverySec: null };
const flip = (everySec: number): MakePolicy => interval({ ...plain, everySec, failures: 1, successes: 1 });
const gatus = (everySec: number): MakePolicy => interval({ ...plain, everySec, failures: 3, successes: 2 });
const kuma = interval({ everySec: 5 * MIN, failures: 3, successes: 1, retrySec: MIN, checkEverySec: null });
const burst = (everySec: number): MakePolicy =>
  interval({ everySec, failures: 3, successes: 2, retrySec: 0, checkEverySec: MIN });

/** Users of the benchmark's world are witnesses of their own; of tokens it knows nothing. */
const EACH_REPORTER: DetectionPolicy = {
  ...DEFAULT_DETECTION,
  belief: { ...DEFAULT_DETECTION.belief, senderFactorMax: Infinity },
};

export const POLICIES: Readonly<Record<string, Contestant>> = {
  'flip-5m': { about: 'flip on 1, every 300 s', make: flip(5 * MIN) },
  'flip-30m': { about: 'flip on 1, every 30 min', make: flip(30 * MIN) },
  'flip-1h': { about: 'flip on 1, hourly', make: flip(HOUR) },
  'flip-4h': { about: 'flip on 1, every 4 h', make: flip(4 * HOUR) },
  'gatus-1m': { about: 'Gatus-like, 60 s, 3 failures / 2 successes', make: gatus(MIN) },
  'gatus-5m': { about: 'Gatus-like, 300 s, 3 failures / 2 successes', make: gatus(5 * MIN) },
  'gatus-1h': { about: 'Gatus-like, 1 h, 3 failures / 2 successes', make: gatus(HOUR) },
  'kuma-5m': { about: 'Uptime-Kuma-like, 300 s, 2 retries after 60 s', make: kuma },
  'burst-15m': { about: 'free check 60 s + canary 15 min + burst', make: burst(15 * MIN) },
  'burst-1h': { about: 'free check 60 s + canary 1 h + burst', make: burst(HOUR) },
  'burn-rate': { about: 'burn rate 99 %, canary 15 min + reports', make: burnRate(15 * MIN) },
  cusum: { about: 'CUSUM, canary 30 min + reports', make: cusum(30 * MIN) },
  reelwatch: { about: 'reelwatch', make: reelwatch(EACH_REPORTER) },
  'reelwatch-token': {
    about: 'reelwatch, all users behind one token, as one witness',
    make: reelwatch(DEFAULT_DETECTION),
  },
  oracle: { about: 'oracle: canary 300 s, told what a failure means', make: oracle(false) },
  clairvoyant: { about: 'clairvoyant: starts canaries at the onset', make: oracle(true) },
};

/** Who is shown in docs/detection.md. */
export const FRONTIER: readonly string[] = [
  'flip-5m',
  'flip-30m',
  'flip-1h',
  'gatus-1m',
  'gatus-5m',
  'gatus-1h',
  'kuma-5m',
  'burst-15m',
  'burst-1h',
  'burn-rate',
  'cusum',
  'reelwatch@0.5',
  'reelwatch@1',
  'reelwatch@2',
  'reelwatch@5',
  'reelwatch@10',
  'reelwatch@20',
  'reelwatch@5~reports',
  'reelwatch@5~checks',
  'reelwatch@5~status',
  'reelwatch@5~jobs',
  'reelwatch@5~hazard',
  'oracle',
  'clairvoyant',
];

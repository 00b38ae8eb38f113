/** What the recent canaries of one target add up to. */

import { HOUR, type Instant, SECOND } from '../core/base.ts';
import { iso } from './format.ts';
import type { RunDigest } from './recent.ts';
import type { Observed } from './schema.ts';

export const WINDOW_MS = 6 * HOUR;

/**
 * The figures a router reads beside a weight. Only runs that say something about the provider count: passes, slow
 * ones, and failures that are its own fault.
 * @param runs one target's runs, in any order
 */
export function observe(runs: readonly RunDigest[], now: Instant): Observed {
  const counted = runs.filter((run) => run.endedAt > now - WINDOW_MS && counts(run));
  const usable = counted.filter((run) => run.verdict.is !== 'fail');
  const delivered = counted.filter((run) => run.verdict.is !== 'fail' || run.verdict.cause === 'bad_output');
  const readyS = usable
    .flatMap((run) => (run.readyMs === null ? [] : [run.readyMs / SECOND]))
    .sort((a, b) => a - b);
  const usableS = usable.reduce((sum, run) => sum + (run.videoMs ?? 0) / SECOND, 0);
  const costUsd = counted.reduce((sum, run) => sum + run.costUsd, 0);
  const newestAt = counted.reduce<Instant | null>((newest, run) => Math.max(newest ?? 0, run.endedAt), null);
  return {
    at: newestAt === null ? null : iso(newestAt),
    n: counted.length,
    window_s: WINDOW_MS / SECOND,
    success_rate: share(delivered.length, counted.length),
    usable_rate: share(usable.length, counted.length),
    ttv_s: { p50: quantile(readyS, 0.5), p95: quantile(readyS, 0.95) },
    cost_per_usable_second_usd: usableS === 0 ? null : rounded(costUsd / usableS, 4),
  };
}

/** The nearest-rank quantile, to a tenth; null of nothing. */
export function quantile(sorted: readonly number[], q: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  return value === undefined ? null : rounded(value, 1);
}

function counts({ verdict }: RunDigest): boolean {
  if (verdict.is === 'inconclusive') return false;
  return verdict.is !== 'fail' || verdict.blame === 'provider';
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded(part / whole, 3);
}

export function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

// What routers report of users' jobs, gathered as the daemon gathers it: by the minute while all is well, within seconds
// where something begins to fail; few reports stand for all.

import type { Health, TargetEvent, UserReport } from '../../src/core/model.ts';
import { ODD_SHARE } from '../../src/core/outcomes.ts';
import type { Ended } from './policy.ts';

type Told = Extract<TargetEvent, { type: 'outcomes.reported' }>;

const CALM_MS = 60_000;
const DOUBT_MS = 5_000;
const OUTAGE_MS = 30_000;
const PACE_MS: Record<Health, number> = {
  unknown: CALM_MS,
  healthy: CALM_MS,
  suspect: DOUBT_MS,
  recovering: DOUBT_MS,
  degraded: OUTAGE_MS,
  down: OUTAGE_MS,
  retired: CALM_MS,
};
const REPORTS_CALM_MAX = 6;
const REPORTS_MAX = 20;

const MEANING: Partial<Record<Ended['is'], UserReport['is']>> = {
  usable: 'ok',
  unusable: 'bad_output',
  refused: 'fail',
  failed: 'fail',
  timeout: 'fail',
};

/** One target's jobs on their way; each job is of another user. */
export interface Crowd {
  reports: UserReport[];
  good: number;
  bad: number;
  toldAt: number;
  users: number;
}

export function emptyCrowd(at: number): Crowd {
  return { reports: [], good: 0, bad: 0, toldAt: at, users: 0 };
}

/** Takes in a job that has ended; one for which there was no room says nothing. */
export function join(crowd: Crowd, { is }: Ended, submittedAt: number, at: number): void {
  const meaning = MEANING[is];
  if (meaning === undefined) return;
  if (meaning === 'ok') crowd.good++;
  else crowd.bad++;
  const took = meaning === 'ok' ? { tookMs: at - submittedAt } : {};
  crowd.reports.push({ at, submittedAt, reporter: `u${crowd.users++}`, is: meaning, ...took });
}

/** What is to be told now, and the crowd begins anew; null where it is not time yet. */
export function telling(crowd: Crowd, health: Health, at: number): Told | null {
  const { good, bad, toldAt } = crowd;
  if (good + bad === 0) return null;
  const isOdd = bad > 0 && bad >= ODD_SHARE * (good + bad);
  const paceMs = isOdd ? DOUBT_MS : PACE_MS[health];
  if (at - toldAt < paceMs) return null;
  const most = isOdd || PACE_MS[health] < CALM_MS ? REPORTS_MAX : REPORTS_CALM_MAX;
  const told: Told = {
    type: 'outcomes.reported',
    at,
    reports: spread(crowd.reports, most),
    good,
    bad,
    spanMs: at - toldAt,
  };
  Object.assign(crowd, { reports: [], good: 0, bad: 0, toldAt: at });
  return told;
}

/** So many of them, evenly. */
function spread(reports: readonly UserReport[], most: number): UserReport[] {
  if (reports.length <= most) return [...reports];
  return reports.filter(
    (_, n) => Math.floor((n * most) / reports.length) !== Math.floor(((n - 1) * most) / reports.length),
  );
}

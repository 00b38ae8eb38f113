/** How often each target gets a routine canary while all is well, and how soon that finds an outage. */

import type { Budgets, Paid } from '../core/allowance.ts';
import { DAY, SECOND } from '../core/base.ts';
import type { DetectionPolicy } from '../core/detection.ts';
import { forecast } from '../core/forecast.ts';
import { routineEveryMs, settledAllowance } from '../core/settled.ts';
import { cronPerDay } from './cron.ts';
import { policyOf } from './policy.ts';
import type { ResolvedConfig, ResolvedTarget } from './resolve.ts';

/** About how long a generation takes, where nothing has been learnt yet. */
export const GENERATION_MS = 90 * SECOND;

/** The routine of one target; of a retired one there is none. */
export interface Pace {
  everyMs: number;
  usdPerDay: number;
  /** Mean time from the onset of an outage that no free check shows to its alert. */
  detectMs: number;
}

/**
 * What the daemon comes to, once what it spends is what was planned.
 * @param totalUsd the total budget per day, if it were another than the configured one
 * @returns for each target its pace; null for a retired model, for which nothing is ordered
 */
export function pacesOf(config: ResolvedConfig, totalUsd = config.options.budget.perDay): (Pace | null)[] {
  const policy = policyOf(config.options).detection;
  const living = config.targets.filter((one) => !isRetired(one));
  const { staleMs } = settledAllowance(budgetsOf(config, totalUsd), living.map(paidOf), 0, policy);
  const paces = new Map(living.map((one, i) => [one, paceOf(one, staleMs[i] ?? DAY, policy)]));
  return config.targets.map((one) => paces.get(one) ?? null);
}

export function isRetired({ notice }: ResolvedTarget): boolean {
  return notice?.kind === 'retired';
}

/** Canaries per day of a fixed schedule; null where the budget decides. */
export function fixedPerDay({ schedule }: ResolvedTarget): number | null {
  if ('auto' in schedule) return null;
  return 'cron' in schedule ? cronPerDay(schedule.cron) : DAY / schedule.everyMs;
}

function budgetsOf({ options }: ResolvedConfig, totalUsd: number): Budgets {
  const own = options.providers.map(({ id, common }) => [id, common.budgetPerDay ?? totalUsd] as const);
  return { totalUsd, byProvider: Object.fromEntries(own) };
}

function paidOf(one: ResolvedTarget): Paid {
  return {
    provider: one.target.provider,
    priceUsd: one.facts.costUsd,
    fixedPerDay: fixedPerDay(one),
    hazard: 1,
    reportGapMs: null,
    staleMs: null,
  };
}

function paceOf(one: ResolvedTarget, staleMs: number, policy: DetectionPolicy): Pace {
  const perDay = fixedPerDay(one);
  const everyMs = perDay === null ? routineEveryMs(staleMs, policy) : DAY / perDay;
  const canary = { staleMs, priceUsd: one.facts.costUsd, usualMs: GENERATION_MS };
  const { detectMs, routineEveryMs: gapMs } = forecast(canary, policy);
  const alertMs = detectMs - gapMs / 2;
  return { everyMs, usdPerDay: (DAY / everyMs) * canary.priceUsd, detectMs: everyMs / 2 + alertMs };
}

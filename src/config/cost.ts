/** What the configured schedule costs, what that buys, and whether the budgets can bear it. */

import { DAY, HOUR, MINUTE, SECOND } from '../core/base.ts';
import type { TargetId } from '../core/model.ts';
import type { OrderFacts } from '../core/trace.ts';
import type { Complaint } from './complaints.ts';
import { cronPerDay } from './cron.ts';
import type { OutageCost } from './outage-cost.ts';
import { outageCost } from './outage-cost.ts';
import { fixedPerDay, GENERATION_MS, isRetired, pacesOf } from './pace.ts';
import { policyOf } from './policy.ts';
import type { ResolvedConfig, ResolvedTarget } from './resolve.ts';
import { money, spanText } from './words.ts';

/** Intervals that people write, for advice. */
const PROPOSED_MS = [
  ...[1, 2, 5, 10, 15, 20, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12, 24].map((n) => n * HOUR),
];
/** Other budgets that are told of, as shares of the configured one. */
const OTHER_BUDGETS = [2, 0.5];

export interface TargetForecast {
  target: TargetId;
  provider: string;
  canary: string;
  facts: OrderFacts;
  /** The page that the price is from, and the day it was read. */
  priceFrom: string;
  /** `auto`, `30m`, or the cron expression. */
  schedule: string;
  /** Between two canaries while all is well; null where nothing is ordered. */
  everyMs: number | null;
  /** 0 for a retired model: nothing is ordered. */
  canariesPerDay: number;
  usdPerDay: number;
  /** Mean time from the onset of an outage that no free check shows to its alert; null where nothing is ordered. */
  detectMs: number | null;
  /** What an outage of it costs; null where nothing is ordered. */
  outage: OutageCost | null;
  isRetired: boolean;
}

/** What a total budget buys: half of the targets find an outage that no free check shows within `detectMs`. */
export interface Bought {
  budgetUsd: number;
  detectMs: number;
}

export interface Forecast {
  targets: TargetForecast[];
  providers: { id: string; usdPerDay: number; budgetUsd: number }[];
  total: { usdPerDay: number; budgetUsd: number };
  /** How long quiet hours are in a day, at most. */
  quietMs: number;
  /** The configured budget first, then others that suffice; empty where no target's pace follows the budget. */
  bought: Bought[];
}

/** What a day costs while all is well, in dollars; extra canaries in trouble come on top, within the budgets. */
export function forecast(config: ResolvedConfig): Forecast {
  const { options } = config;
  const { detection } = policyOf(options);
  const paces = pacesOf(config);
  const plannedUsd = (provider: string | null) =>
    sum(
      config.targets.map(({ target }, i) =>
        provider === null || target.provider === provider ? (paces[i]?.usdPerDay ?? 0) : 0,
      ),
    );
  const total = { usdPerDay: plannedUsd(null), budgetUsd: options.budget.perDay };
  const providers = options.providers.map(({ id, common }) => ({
    id,
    usdPerDay: plannedUsd(id),
    budgetUsd: common.budgetPerDay ?? options.budget.perDay,
  }));
  const outageOf = (one: ResolvedTarget, usdPerDay: number): OutageCost => {
    const own = providers.filter(({ id }) => id === one.target.provider);
    const asked = { priceUsd: one.facts.costUsd, usdPerDay, usualMs: GENERATION_MS };
    return outageCost(asked, [total, ...own], detection);
  };
  const targets = config.targets.map((one, i): TargetForecast => {
    const pace = paces[i] ?? null;
    return {
      target: one.target.id,
      provider: one.target.provider,
      canary: one.canary.id,
      facts: one.facts,
      priceFrom: one.priceFrom,
      schedule: scheduleText(one.schedule),
      everyMs: pace?.everyMs ?? null,
      canariesPerDay: pace === null ? 0 : DAY / pace.everyMs,
      usdPerDay: pace?.usdPerDay ?? 0,
      detectMs: pace?.detectMs ?? null,
      outage: pace === null ? null : outageOf(one, pace.usdPerDay),
      isRetired: isRetired(one),
    };
  });
  return {
    targets,
    providers,
    total,
    quietMs: options.probe.quiet === undefined ? 0 : cronPerDay(options.probe.quiet) * SECOND,
    bought: boughtBy(config),
  };
}

function scheduleText(schedule: ResolvedTarget['schedule']): string {
  if ('auto' in schedule) return 'auto';
  return 'cron' in schedule ? schedule.cron : spanText(schedule.everyMs);
}

function boughtBy(config: ResolvedConfig): Bought[] {
  if (!config.targets.some((one) => 'auto' in one.schedule && !isRetired(one))) return [];
  const usual = config.options.budget.perDay;
  return [1, ...OTHER_BUDGETS].flatMap((share) => {
    const budgetUsd = usual * share;
    const paces = pacesOf(config, budgetUsd).filter((pace) => pace !== null);
    if (sum(paces.map(({ usdPerDay }) => usdPerDay)) > budgetUsd) return [];
    return [{ budgetUsd, detectMs: median(paces.map(({ detectMs }) => detectMs)) }];
  });
}

/** A target that is paid for, with the fewest canaries a day that it asks for. */
interface Claim {
  provider: string;
  costUsd: number;
  schedule: string;
  perDay: number;
}

/** A budget that the schedule must exceed is a mistake: probing would stop somewhere in the day, every day. */
export function checkBudgets(config: ResolvedConfig): { problems: Complaint[]; warnings: Complaint[] } {
  const { demand } = policyOf(config.options).detection;
  const { options } = config;
  const claims = config.targets
    .filter((one) => !isRetired(one))
    .map((one): Claim => ({
      provider: one.target.provider,
      costUsd: one.facts.costUsd,
      schedule: scheduleText(one.schedule),
      perDay: fixedPerDay(one) ?? DAY / demand.unseenMsMax,
    }));
  const problems: Complaint[] = [];
  const warnings: Complaint[] = [];
  const judge = (path: Complaint['path'], who: string, budgetUsd: number, own: Claim[]): void => {
    const needed = sum(own.map(({ perDay, costUsd }) => Math.max(1, perDay) * costUsd));
    if (needed > budgetUsd * (1 + Number.EPSILON)) {
      const text = tooDear({ who, needed, budgetUsd, own }, demand.unseenMsMax);
      problems.push({ path, text: `Unreachable budget: ${text}` });
    } else if (needed > budgetUsd * demand.routineShare) {
      const least = own.some(({ schedule }) => schedule === 'auto') ? 'at least ' : '';
      const text = `${who} costs ${least}${money(needed)} a day of a budget of ${money(budgetUsd)}: little is left for confirming outages`;
      warnings.push({ path, text });
    }
  };
  for (const [i, { id, common }] of options.providers.entries()) {
    const own = claims.filter(({ provider }) => provider === id);
    judge(['providers', i, 'budgetPerDay'], id, common.budgetPerDay ?? options.budget.perDay, own);
  }
  // What one provider already exceeds is said once, there.
  if (problems.length === 0)
    judge(['budget', 'perDay'], 'everything together', options.budget.perDay, claims);
  return { problems, warnings };
}

function tooDear(
  { who, needed, budgetUsd, own }: { who: string; needed: number; budgetUsd: number; own: readonly Claim[] },
  unseenMsMax: number,
): string {
  const schedules = [...new Set(own.map(({ schedule }) => schedule))];
  const counted = own.map(({ perDay, costUsd }) => `${rounded(perDay)} × ${money(costUsd)}`);
  const sums = counted.length > 6 ? `${counted.length} targets` : counted.join(' + ');
  const isAuto = schedules.length === 1 && schedules[0] === 'auto';
  if (isAuto) {
    const looks = `to look at each target every ${spanText(unseenMsMax)}`;
    return `${who} costs ${money(needed)} a day only ${looks} (${sums}), its budget is ${money(budgetUsd)}`;
  }
  const when = schedules.length === 1 ? ` at every ${schedules[0]}` : '';
  const once = sum(own.map(({ costUsd }) => costUsd));
  const fitting = PROPOSED_MS.find((ms) => (DAY / ms) * once <= budgetUsd);
  const orAuto = (DAY / unseenMsMax) * once <= budgetUsd ? ', or auto' : '';
  const advice =
    fitting === undefined
      ? `not even one canary of each a day fits (${money(once)})`
      : `every ${spanText(fitting)} would fit${orAuto}`;
  return `${who} costs ${money(needed)} a day${when} (${sums}), its budget is ${money(budgetUsd)}; ${advice}`;
}

function rounded(count: number): number {
  return Number(count.toFixed(1));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

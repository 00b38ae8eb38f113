/** What the configured schedule costs, and whether the budgets can bear it. */

import { DAY, HOUR, MINUTE, SECOND } from '../core/base.ts';
import type { TargetId } from '../core/model.ts';
import type { OrderFacts } from '../core/trace.ts';
import type { Complaint } from './complaints.ts';
import type { ResolvedConfig, ResolvedTarget } from './resolve.ts';
import { money, spanText } from './words.ts';

/** About how long a generation takes, where nothing has been learnt yet. */
const GENERATION_MS = 90 * SECOND;

/** Intervals that people write, for advice. */
const PROPOSED_MS = [
  ...[1, 2, 5, 10, 15, 20, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12, 24].map((n) => n * HOUR),
];
/** Above this share of a budget the schedule leaves little for confirming suspicions and watching recoveries. */
const COMFORTABLE_SHARE = 0.8;

export interface TargetForecast {
  target: TargetId;
  provider: string;
  canary: string;
  facts: OrderFacts;
  /** The page that the price is from, and the day it was read. */
  priceFrom: string;
  /** `30m`, or the cron expression. */
  schedule: string;
  /** 0 for a retired model: nothing is ordered. */
  canariesPerDay: number;
  usdPerDay: number;
  /** Mean time from the onset of an outage that no free check shows to its alert; null where nothing is ordered. */
  detectMs: number | null;
  isRetired: boolean;
}

export interface Forecast {
  targets: TargetForecast[];
  providers: { id: string; usdPerDay: number; budgetUsd: number }[];
  total: { usdPerDay: number; budgetUsd: number };
}

/** What a day of the plain schedule costs, in dollars; extra canaries in trouble come on top, within the budgets. */
export function forecast(config: ResolvedConfig): Forecast {
  const targets = config.targets.map(forecastTarget);
  const { options } = config;
  return {
    targets,
    providers: options.providers.map(({ id, common }) => ({
      id,
      usdPerDay: sum(targets.filter(({ provider }) => provider === id).map(({ usdPerDay }) => usdPerDay)),
      budgetUsd: common.budgetPerDay ?? options.budget.perDay,
    })),
    total: { usdPerDay: sum(targets.map(({ usdPerDay }) => usdPerDay)), budgetUsd: options.budget.perDay },
  };
}

function forecastTarget(one: ResolvedTarget): TargetForecast {
  const isRetired = one.notice?.kind === 'retired';
  const perDay = 'cron' in one.schedule ? cronPerDay(one.schedule.cron) : DAY / one.schedule.everyMs;
  const canariesPerDay = isRetired ? 0 : perDay;
  // Half a gap until the next canary; it and the one that confirms it take a generation each.
  const detectMs = canariesPerDay === 0 ? null : DAY / canariesPerDay / 2 + 2 * GENERATION_MS;
  return {
    target: one.target.id,
    provider: one.target.provider,
    canary: one.canary.id,
    facts: one.facts,
    priceFrom: one.priceFrom,
    schedule: 'cron' in one.schedule ? one.schedule.cron : spanText(one.schedule.everyMs),
    canariesPerDay,
    usdPerDay: canariesPerDay * one.facts.costUsd,
    detectMs,
    isRetired,
  };
}

/** A budget that the schedule must exceed is a mistake: probing would stop somewhere in the day, every day. */
export function checkBudgets(config: ResolvedConfig): { problems: Complaint[]; warnings: Complaint[] } {
  const { targets, providers, total } = forecast(config);
  const paying = targets.filter(({ isRetired }) => !isRetired);
  const problems: Complaint[] = [];
  const warnings: Complaint[] = [];
  const judge = (path: Complaint['path'], who: string, budgetUsd: number, own: TargetForecast[]): void => {
    const needed = sum(own.map((one) => Math.max(1, one.canariesPerDay) * one.facts.costUsd));
    if (needed > budgetUsd * (1 + Number.EPSILON)) {
      problems.push({ path, text: `Unreachable budget: ${tooDear(who, needed, budgetUsd, own)}` });
    } else if (needed > budgetUsd * COMFORTABLE_SHARE) {
      const text = `${who} costs ${money(needed)} a day of a budget of ${money(budgetUsd)}: little is left for confirming outages`;
      warnings.push({ path, text });
    }
  };
  for (const [i, { id, budgetUsd }] of providers.entries()) {
    const own = paying.filter(({ provider }) => provider === id);
    judge(['providers', i, 'budgetPerDay'], id, budgetUsd, own);
  }
  // What one provider already exceeds is said once, there.
  if (problems.length === 0) judge(['budget', 'perDay'], 'everything together', total.budgetUsd, paying);
  return { problems, warnings };
}

function tooDear(who: string, needed: number, budgetUsd: number, own: readonly TargetForecast[]): string {
  const schedules = [...new Set(own.map(({ schedule }) => schedule))];
  const when = schedules.length === 1 ? ` at every ${schedules[0]}` : '';
  const counted = own.map((one) => `${rounded(one.canariesPerDay)} × ${money(one.facts.costUsd)}`);
  const sums = counted.length > 6 ? `${counted.length} targets` : counted.join(' + ');
  const once = sum(own.map(({ facts }) => facts.costUsd));
  const fitting = PROPOSED_MS.find((ms) => (DAY / ms) * once <= budgetUsd);
  const advice =
    fitting === undefined
      ? `not even one canary of each a day fits (${money(once)})`
      : `every ${spanText(fitting)} would fit`;
  return `${who} costs ${money(needed)} a day${when} (${sums}), its budget is ${money(budgetUsd)}; ${advice}`;
}

function rounded(count: number): number {
  return Number(count.toFixed(1));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** How often a six-field cron expression can be due within one day; its day fields are taken as every day. */
export function cronPerDay(expression: string): number {
  const [second = '*', minute = '*', hour = '*'] = expression.trim().split(/\s+/);
  return fieldCount(second, 60) * fieldCount(minute, 60) * fieldCount(hour, 24);
}

function fieldCount(field: string, size: number): number {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '*', stride = '1'] = part.split('/');
    const [from = '', to = range.includes('-') ? '' : from] =
      range === '*' ? ['0', `${size - 1}`] : range.split('-');
    // `5/10` begins at 5 and goes on to the end.
    const last = part.includes('/') && !range.includes('-') ? size - 1 : Number(to);
    for (let n = Number(from); n <= Math.min(last, size - 1); n += Math.max(1, Number(stride))) values.add(n);
  }
  return values.size;
}

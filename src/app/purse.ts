/** What the budgets still pay for: the runs of the last day in memory, and each target's share of the money. */

import type { Allowance, Budgets, Paid } from '../core/allowance.ts';
import { allot, renewedAllowance } from '../core/allowance.ts';
import type { Instant } from '../core/base.ts';
import { clamp, DAY, HOUR, SECOND } from '../core/base.ts';
import { hazardOf } from '../core/hazard.ts';
import { settledAllowance } from '../core/settled.ts';
import type { Account, LookBudget } from '../core/look-budget.ts';
import { lookBudgetOf, spendableUsd } from '../core/look-budget.ts';
import type { RunId, TargetId, TargetState } from '../core/model.ts';
import { gapNow } from '../core/traffic.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { Spending, Store } from '../ports/store.ts';
import { createLedger, SPARE_MS } from './ledger.ts';
import type { Spent } from './ledger.ts';
import type { Persist } from './persist.ts';

/** A plan only: the hard limit is the store's claim, which asks all daemons' runs. */
export interface Purse {
  /** Reads what the runs of the last 24 hours cost; again whenever somebody else may have spent from the same store. */
  load: () => Promise<void>;
  claimed: (spending: Spending) => void;
  /** The run has ended and costs this much instead of what was reserved. */
  closed: (runId: RunId, usd: number) => void;
  /** How many canaries of this target this share of the budgets still pays for (total and provider; open runs in full). */
  affordable: (setting: TargetSetting, share: number, at: Instant) => number;
  /** What is left for looks at this target and all whose incidents are open, and when there will be more. */
  lookBudget: (setting: TargetSetting, at: Instant) => LookBudget;
  /** How old the last look at a generation of this target may grow, in ms; shared out anew each hour. */
  staleMs: (target: TargetId, at: Instant) => number;
}

export interface PurseDeps {
  settings: Settings;
  store: Pick<Store, 'spendings'>;
  persist: Persist;
  states: () => ReadonlyMap<TargetId, TargetState>;
  now: () => Instant;
}

/** Sums of cents as doubles are off by about this; the store forgives as much. */
const TOLERANCE_USD = 1e-9;
/** So many canaries are as good as any number, where they cost nothing. */
const CANARIES_MAX = 1_000;
/** Which incidents are open is asked for all targets at once, this often at most. */
const OPEN_MS = 10 * SECOND;

export function createPurse({ settings, store, persist, states, now }: PurseDeps): Purse {
  const ledger = createLedger();
  const share = createSharing(settings, states);
  const openLooks = createOpenLooks(settings, states);
  return {
    load: async () => {
      const loaded = ledger.reading();
      try {
        const since = now() - DAY - SPARE_MS;
        loaded(await persist(() => store.spendings(since)));
      } catch (error) {
        loaded(null);
        throw error;
      }
    },
    claimed: ledger.claimed,
    closed: ledger.closed,
    affordable: ({ target, priceUsd }, share, at) => {
      const { totalUsd, byProvider } = ledger.spent(at);
      const { id, provider } = target;
      const open = openLooks(at);
      const ownUsd = open.targets.has(id) ? priceUsd : 0;
      const spendable = (budgetUsd: number, openUsd: number) =>
        spendableUsd(budgetUsd, share, Math.max(0, openUsd - ownUsd));
      const ownLeft =
        spendable(settings.limits[provider]?.budgetUsd ?? 0, open.byProvider.get(provider) ?? 0) -
        (byProvider[provider] ?? 0);
      const left =
        Math.min(spendable(settings.totalBudgetUsd, open.totalUsd) - totalUsd, ownLeft) + TOLERANCE_USD;
      if (left < 0) return 0;
      return priceUsd > 0 ? clamp(Math.floor(left / priceUsd), 0, CANARIES_MAX) : CANARIES_MAX;
    },
    lookBudget: (setting, at) =>
      lookBudgetOf(accountsOf(settings, setting, ledger.spent(at), openLooks(at)), at),
    staleMs: (target, at) =>
      share(at, ledger.spent).get(target) ?? settings.policy.detection.demand.unseenMsMax,
  };
}

/** The budgets that a target draws on: all together, and its provider's where that is smaller. */
function accountsOf(
  settings: Settings,
  { target: { id, provider }, priceUsd }: TargetSetting,
  { totalUsd, byProvider, orders }: Spent,
  open: OpenLooks,
): Account[] {
  const askedUsd = open.targets.has(id) ? 0 : priceUsd;
  const budgetUsd = settings.limits[provider]?.budgetUsd ?? 0;
  const total: Account = {
    provider: null,
    budgetUsd: settings.totalBudgetUsd,
    spentUsd: totalUsd,
    orders,
    lookUsd: open.totalUsd + askedUsd,
  };
  if (budgetUsd >= settings.totalBudgetUsd) return [total];
  const own: Account = {
    provider,
    budgetUsd,
    spentUsd: byProvider[provider] ?? 0,
    orders: orders.filter((order) => order.provider === provider),
    lookUsd: (open.byProvider.get(provider) ?? 0) + askedUsd,
  };
  return [total, own];
}

interface OpenLooks {
  targets: ReadonlySet<TargetId>;
  totalUsd: number;
  byProvider: ReadonlyMap<string, number>;
}

/** What one look at each target with an open incident costs. */
function createOpenLooks(settings: Settings, states: PurseDeps['states']): (at: Instant) => OpenLooks {
  let last: { at: Instant; open: OpenLooks } | null = null;
  return (at) => {
    if (last !== null && at >= last.at && at < last.at + OPEN_MS) return last.open;
    const open = settings.targets.filter(({ target }) => states().get(target.id)?.incident);
    const byProvider = new Map<string, number>();
    for (const { target, priceUsd } of open)
      byProvider.set(target.provider, (byProvider.get(target.provider) ?? 0) + priceUsd);
    const totalUsd = open.reduce((sum, { priceUsd }) => sum + priceUsd, 0);
    last = { at, open: { targets: new Set(open.map(({ target }) => target.id)), totalUsd, byProvider } };
    return last.open;
  };
}

/** Shares the money out at the first call, and again when an hour has passed or the clock was set back. */
function createSharing(settings: Settings, states: PurseDeps['states']) {
  const { detection } = settings.policy;
  const limits = Object.entries(settings.limits).map(([id, { budgetUsd }]) => [id, budgetUsd] as const);
  const budgets: Budgets = { totalUsd: settings.totalBudgetUsd, byProvider: Object.fromEntries(limits) };
  let last: { at: Instant; allowance: Allowance; staleMs: ReadonlyMap<TargetId, number> } | null = null;

  const paidOf = (setting: TargetSetting, at: Instant): Paid => {
    const { id, provider } = setting.target;
    const belief = states().get(id)?.belief ?? null;
    return {
      provider,
      priceUsd: setting.priceUsd,
      fixedPerDay: 'auto' in setting.schedule ? null : setting.canariesPerDay,
      hazard: belief === null ? 1 : hazardOf(belief, at, detection),
      reportGapMs: belief === null ? null : gapNow(belief, at),
      staleMs: last?.staleMs.get(id) ?? null,
    };
  };

  return (at: Instant, spentAt: (at: Instant) => Spent): ReadonlyMap<TargetId, number> => {
    if (last !== null && at >= last.at && at < last.at + HOUR) return last.staleMs;
    const living = settings.targets.filter(({ target }) => states().get(target.id)?.health !== 'retired');
    const paid = living.map((setting) => paidOf(setting, at));
    const { demand } = detection;
    const before =
      last === null
        ? settledAllowance(budgets, paid, at, detection).allowance
        : renewedAllowance(last.allowance, budgets, paid, at, demand);
    const { allowance, staleMs } = allot(before, paid, spentAt(at), at, demand);
    const limits = living.map(({ target }, k) => [target.id, staleMs[k] ?? demand.unseenMsMax] as const);
    last = { at, allowance, staleMs: new Map(limits) };
    return last.staleMs;
  };
}

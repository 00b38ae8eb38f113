/** What the budgets still pay for: the runs of the last day in memory, and each target's share of the money. */

import type { Allowance, Budgets, Paid } from '../core/allowance.ts';
import { allot, renewedAllowance } from '../core/allowance.ts';
import type { Instant } from '../core/base.ts';
import { clamp, DAY, HOUR } from '../core/base.ts';
import { hazardOf } from '../core/hazard.ts';
import { settledAllowance } from '../core/settled.ts';
import type { RunId, TargetId, TargetState } from '../core/model.ts';
import { gapNow } from '../core/traffic.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { Spending, Store } from '../ports/store.ts';
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
const RUNS_MAX = 50_000;
/** Runs are kept this much longer than they count: a clock may be set back. */
const SPARE_MS = HOUR;

export function createPurse({ settings, store, persist, states, now }: PurseDeps): Purse {
  const ledger = createLedger();
  const share = createSharing(settings, states);
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
      const own = (settings.limits[target.provider]?.budgetUsd ?? 0) * share;
      const ownLeft = own - (byProvider[target.provider] ?? 0);
      const left = Math.min(settings.totalBudgetUsd * share - totalUsd, ownLeft) + TOLERANCE_USD;
      if (left < 0) return 0;
      return priceUsd > 0 ? clamp(Math.floor(left / priceUsd), 0, CANARIES_MAX) : CANARIES_MAX;
    },
    staleMs: (target, at) =>
      share(at, ledger.spent).get(target) ?? settings.policy.detection.demand.unseenMsMax,
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

interface Spent {
  totalUsd: number;
  byProvider: Readonly<Record<string, number>>;
}

interface Entry extends Spending {
  /** Not known to be in the store yet. */
  isPending: boolean;
}

interface Ledger {
  /** To be called before the store is asked; gives what is to be called with its answer, null where there is none. */
  reading: () => (answer: readonly Spending[] | null) => void;
  claimed: (spending: Spending) => void;
  closed: (runId: RunId, usd: number) => void;
  /** Of the 24 hours before an instant, and of all after it: exactly what the store's claim counts. */
  spent: (at: Instant) => Spent;
}

function createLedger(): Ledger {
  /** Oldest first. */
  let entries: Entry[] = [];
  let byRun = new Map<RunId, Entry>();
  /** The sums of what started after an instant, and from which such instant on until which other they hold. */
  let sums: { from: Instant; until: Instant; spent: Spent } | null = null;
  const closedMeanwhile = new Map<RunId, number>();
  let readings = 0;

  const replace = (next: Entry[]) => {
    entries = next.slice(-RUNS_MAX);
    byRun = new Map(entries.map((entry) => [entry.runId, entry]));
    sums = null;
  };
  const close = (runId: RunId, usd: number) => {
    const entry = byRun.get(runId);
    if (entry === undefined) return;
    entry.isPending = false;
    // The store, too, counts a price that is no amount of money as what was set aside.
    if (Number.isFinite(usd) && usd >= 0) entry.usd = usd;
    sums = null;
  };
  return {
    reading: () => {
      readings += 1;
      return (answer) => {
        if (answer !== null) {
          const known = new Set(answer.map(({ runId }) => runId));
          const pending = entries.filter(({ runId, isPending }) => isPending && !known.has(runId));
          const read = answer.map((spending) => ({ ...spending, isPending: false }));
          replace([...read, ...pending].sort((a, b) => a.at - b.at));
          for (const [runId, usd] of closedMeanwhile) close(runId, usd);
        }
        readings -= 1;
        if (readings === 0) closedMeanwhile.clear();
      };
    },
    claimed: (spending) => {
      const others = byRun.has(spending.runId)
        ? entries.filter((entry) => entry.runId !== spending.runId)
        : entries;
      const later = others.findLastIndex(({ at }) => at <= spending.at) + 1;
      replace(others.toSpliced(later, 0, { ...spending, isPending: true }));
    },
    closed: (runId, usd) => {
      if (readings > 0) closedMeanwhile.set(runId, usd);
      close(runId, usd);
    },
    spent: (at) => {
      const since = at - DAY;
      if (sums !== null && since >= sums.from && since < sums.until) return sums.spent;
      const kept = entries.findIndex((entry) => entry.at > since - SPARE_MS);
      if (kept !== 0) replace(kept < 0 ? [] : entries.slice(kept));
      sums = sumsOf(entries, since);
      return sums.spent;
    },
  };
}

function sumsOf(entries: readonly Entry[], since: Instant): { from: Instant; until: Instant; spent: Spent } {
  const first = entries.findIndex(({ at }) => at > since);
  const counted = first < 0 ? [] : entries.slice(first);
  const byProvider: Record<string, number> = {};
  for (const { provider, usd } of counted) byProvider[provider] = (byProvider[provider] ?? 0) + usd;
  const totalUsd = Object.values(byProvider).reduce((sum, usd) => sum + usd, 0);
  const from = (first < 0 ? entries.at(-1) : entries[first - 1])?.at ?? -Infinity;
  return { from, until: counted[0]?.at ?? Infinity, spent: { totalUsd, byProvider } };
}

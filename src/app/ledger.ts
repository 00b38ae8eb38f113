/** What the orders of the last 24 hours cost, in memory. */

import type { Instant } from '../core/base.ts';
import { DAY, HOUR } from '../core/base.ts';
import type { RunId } from '../core/model.ts';
import type { Spending } from '../ports/store.ts';

const RUNS_MAX = 50_000;
/** Runs are kept this much longer than they count: a clock may be set back. */
export const SPARE_MS = HOUR;

export interface Spent {
  totalUsd: number;
  byProvider: Readonly<Record<string, number>>;
  /** What it is the sum of, oldest first. */
  orders: readonly Spending[];
}

interface Entry extends Spending {
  /** Not known to be in the store yet. */
  isPending: boolean;
}

export interface Ledger {
  /** To be called before the store is asked; gives what is to be called with its answer, null where there is none. */
  reading: () => (answer: readonly Spending[] | null) => void;
  claimed: (spending: Spending) => void;
  closed: (runId: RunId, usd: number) => void;
  /** Of the 24 hours before an instant, and of all after it: exactly what the store's claim counts. */
  spent: (at: Instant) => Spent;
}

export function createLedger(): Ledger {
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
  return { from, until: counted[0]?.at ?? Infinity, spent: { totalUsd, byProvider, orders: counted } };
}

/** How the money that is left in the rolling 24 hours is spread over an outage, so that some remains for its end. */

import type { Instant } from './base.ts';
import { DAY, HOUR } from './base.ts';

/** What the tightest budget still pays for. Targets whose incidents are open share it alike. */
export interface LookBudget {
  /** Looks at each of them that are left now. */
  looks: number;
  /** Of these, how many are left beyond one an hour through the next 24 hours; below 0 where that is not paid for. */
  beyondHourly: number;
  /** How far apart looks are to be so that money lasts until more returns, now and at each later drought of the day. */
  evenMs: number;
  /** When the orders of a day ago have grown old enough to pay for one more look at each. */
  returnsAt: Instant;
  /** Whose budget it is: a provider's id, null for that of all together. */
  provider: string | null;
  budgetUsd: number;
}

/** A budget as it stands: its orders of the last 24 hours, oldest first. */
export interface Account {
  provider: string | null;
  budgetUsd: number;
  orders: Iterable<{ at: Instant; usd: number }>;
  spentUsd: number;
  /** What one look at each target with an open incident costs, the one that asks among them. */
  lookUsd: number;
}

/** So many looks are kept for the end of an outage: they are spread over the day. */
export const LOOKS_KEPT = 3;
/** Money that returns at least this often needs no saving for: most outages are short, and looks are worth most soon. */
const DROUGHT_MS = 3 * HOUR;
const LOOKS_MAX = 1_000;
const TOLERANCE_USD = 1e-9;

/** The account that pays for the fewest looks. */
export function lookBudgetOf(accounts: readonly Account[], at: Instant): LookBudget {
  const budgets = accounts.map((account) => budgetOf(account, at));
  const [tightest] = budgets.toSorted((a, b) => a.beyondHourly - b.beyondHourly || b.evenMs - a.evenMs);
  return tightest ?? { ...plenty(LOOKS_MAX, at), provider: null, budgetUsd: Infinity };
}

function plenty(
  looks: number,
  at: Instant,
): Pick<LookBudget, 'looks' | 'beyondHourly' | 'evenMs' | 'returnsAt'> {
  return { looks, beyondHourly: looks - DAY / HOUR, evenMs: 0, returnsAt: at };
}

/** What is left, and what comes back order by order as those of a day ago grow older. */
function budgetOf({ provider, budgetUsd, orders, spentUsd, lookUsd }: Account, at: Instant): LookBudget {
  const leftUsd = Math.max(0, budgetUsd - spentUsd) + TOLERANCE_USD;
  const looks = lookUsd > 0 ? Math.min(LOOKS_MAX, Math.floor(leftUsd / lookUsd)) : LOOKS_MAX;
  if (looks >= DAY / HOUR + LOOKS_KEPT) return { ...plenty(looks, at), looks, provider, budgetUsd };
  let [beyondHourly, evenMs, firstAt] = [Infinity, 0, at + DAY];
  let [usd, paid] = [leftUsd, looks];
  let lastMs = 0;
  /** Until then no more than this is paid for. */
  const holdsUntil = (until: Instant) => {
    const inMs = Math.max(0, until - at);
    beyondHourly = Math.min(beyondHourly, Math.floor(paid - inMs / HOUR));
    if (paid === looks || inMs - lastMs > DROUGHT_MS) evenMs = Math.max(evenMs, inMs / (paid + 1));
    lastMs = inMs;
  };
  for (const order of orders) {
    usd += order.usd;
    const more = Math.floor(usd / lookUsd);
    if (more === paid) continue;
    const returnsAt = order.at + DAY;
    if (paid === looks) firstAt = Math.max(at, returnsAt);
    holdsUntil(returnsAt);
    paid = more;
  }
  holdsUntil(at + DAY);
  return { looks, beyondHourly, evenMs, returnsAt: firstAt, provider, budgetUsd };
}

/**
 * How far apart looks at an open incident are to be at least, in ms. Where many more than one an hour are paid for, as
 * close as is wanted; where a few more are, these come within the hour; below that one an hour, and the last few are
 * spread over what remains of the day.
 */
export function lookGapMs({ looks, beyondHourly, evenMs }: Left): number {
  if (beyondHourly > LOOKS_KEPT) return 0;
  if (beyondHourly >= 0) return Math.min(HOUR / (beyondHourly + 1), evenMs);
  return looks > LOOKS_KEPT ? Math.min(HOUR, evenMs) : evenMs;
}

/** Less than one look an hour is left for each open incident. */
export function isShort(budget: Left): boolean {
  return lookGapMs(budget) > HOUR;
}

type Left = Pick<LookBudget, 'looks' | 'beyondHourly' | 'evenMs'>;

/**
 * What may be spent of a budget for a share of it: of what is left, a few looks at each open incident are kept.
 * @param openUsd what one look at each target with an open incident costs, without the one that asks
 */
export function spendableUsd(budgetUsd: number, share: number, openUsd: number): number {
  return share < 1 ? Math.min(budgetUsd * share, budgetUsd - LOOKS_KEPT * openUsd) : budgetUsd;
}

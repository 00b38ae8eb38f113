/** The signs that belief is explained by: few of them, so that what repeats itself is one. */

import type { Instant } from './base.ts';
import { clamp } from './base.ts';
import type { Belief } from './belief.ts';
import { CAUSE_WORDS } from './classify.ts';
import type { Told } from './explain.ts';
import { isBad } from './explain.ts';
import type { RunId } from './model.ts';
import type { Moved, Traffic } from './traffic.ts';

/** Signs that are kept to explain belief by. */
const SIGNS_MAX = 12;
const FACTOR_MAX = 1e6;

/** An observation in words, and by what factor it moved the odds of a fault. */
export interface Sign extends Told {
  /** The run that saw it; null for a free check, and for users' jobs. */
  by: RunId | null;
  factor: number;
  /** Free checks that say the same one after the other are one sign, and so are users' jobs: how many they were. */
  times: number;
}

/** How many generations went wrong in the trouble that began at `since`, of how many; more than signs are kept. */
export interface TroubleCounts {
  since: Instant;
  canary: Tally;
  report: Tally;
}

export interface Tally {
  bad: number;
  all: number;
}

/** The counts with what was just seen; they begin with the trouble, and end with it. */
export function withCounted(
  counts: TroubleCounts | null,
  { troubleSince: since }: Belief,
  seen: readonly Told[],
): TroubleCounts | null {
  if (since === null) return null;
  const none: Tally = { bad: 0, all: 0 };
  const before = counts?.since === since ? counts : { since, canary: none, report: none };
  return seen.reduce((sum, told) => {
    const { kind } = told.seen;
    if (kind !== 'canary' && kind !== 'report') return sum;
    const { times = 1 } = told;
    const { bad, all } = sum[kind];
    return { ...sum, [kind]: { bad: bad + (isBad(told) ? times : 0), all: all + times } };
  }, before);
}

/** The signs with a new one, which joins the newest where a free check says the same again. */
export function withSign(signs: readonly Sign[], sign: Sign): Sign[] {
  const [newest, ...older] = signs;
  const isSame =
    newest?.seen.kind === 'free_check' &&
    sign.seen.kind === 'free_check' &&
    newest.seen.is === sign.seen.is &&
    newest.text === sign.text;
  if (!isSame) return [sign, ...signs].slice(0, SIGNS_MAX);
  return [{ ...sign, factor: newest.factor * sign.factor, times: newest.times + 1 }, ...older];
}

/** The signs with others that came before the next one, the newest first. */
export function withSigns(signs: readonly Sign[], more: readonly Sign[] = []): Sign[] {
  return [...more, ...signs].slice(0, SIGNS_MAX);
}

/** The signs with what users' jobs came to; that they are well says something only while there is trouble. */
export function heardSigns(signs: readonly Sign[], heard: readonly Sign[], { troubleSince }: Belief): Sign[] {
  if (troubleSince === null) return [...signs];
  return heard.reduce<Sign[]>((all, sign) => withHeard(all, sign, troubleSince), [...signs]);
}

/** What users' jobs came to, as signs; the oldest first. */
export function signsOf(moved: readonly Moved[], event: Traffic): Sign[] {
  return moved.toSorted((a, b) => a.seen.at - b.seen.at).map((one) => signOf(one, event));
}

function signOf({ seen, report, how, factor }: Moved, event: Traffic): Sign {
  const times = how === 'bad' ? event.bad : how === 'good' ? event.good : 1;
  const text = report.cause === undefined ? '' : CAUSE_WORDS[report.cause];
  return { seen, text, by: null, factor, times, ...(how === 'slow' && { isSlow: true }) };
}

/** Users' jobs of one kind and trouble are one sign until something of our own is seen, or they would push that out. */
function withHeard(signs: readonly Sign[], sign: Sign, since: Instant): Sign[] {
  const ours = signs.findIndex(({ seen }) => seen.kind !== 'report' || seen.at < since);
  const end = ours < 0 ? signs.length : ours;
  const same = signs.findIndex((other, n) => n < end && kindOf(other) === kindOf(sign));
  const before = signs[same];
  if (before === undefined) return withSign(signs, sign);
  const joined = { ...sign, factor: product(before.factor, sign.factor), times: before.times + sign.times };
  return [joined, ...signs.toSpliced(same, 1)];
}

/** Beyond this it is as good as sure, and a day of it must still be a number. */
function product(a: number, b: number): number {
  return clamp(a * b, 1 / FACTOR_MAX, FACTOR_MAX);
}

function kindOf({ seen, isSlow = false }: Sign): string {
  if (isSlow) return 'slow';
  return seen.kind === 'report' && seen.outcome.is === 'ok' ? 'good' : 'bad';
}

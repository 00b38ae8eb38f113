// Four providers for four hours: a seed decides every incident, job and generation before anybody chooses, so that all
// policies live in the same world.

import { between, exponential, hash, logNormal, seeded, uniform } from '../detection/rng.ts';

/** All times are seconds since the world began. */
export type Seconds = number;

export const WORLD_SEC = 4 * 3600;
export const TIMEOUT_SEC = 300;

export interface Maker {
  readonly medianSec: Seconds;
  readonly priceUsd: number;
  readonly slots: number;
  readonly baseWeight: number;
}

export const MAKERS: readonly Maker[] = [
  { medianSec: 45, priceUsd: 0.4, slots: 55, baseWeight: 40 },
  { medianSec: 70, priceUsd: 0.3, slots: 45, baseWeight: 30 },
  { medianSec: 40, priceUsd: 0.75, slots: 25, baseWeight: 20 },
  { medianSec: 110, priceUsd: 0.2, slots: 20, baseWeight: 10 },
];

export type Kind = 'hard' | 'hang' | 'brownout' | 'silent' | 'flap';

export interface Incident {
  readonly kind: Kind;
  readonly maker: number;
  readonly from: Seconds;
  readonly to: Seconds;
}

/** How a generation ends; `refused`: the order is not taken; `never`: it would run for ever. */
export interface Outcome {
  readonly is: 'usable' | 'unusable' | 'refused' | 'failed' | 'never';
  readonly afterSec: Seconds;
}

export interface World {
  readonly seed: number;
  readonly incidents: readonly Incident[];
  readonly arrivals: readonly Seconds[];
}

const KINDS: readonly Kind[] = ['hard', 'hang', 'brownout', 'silent', 'flap'];
const CALM_SEC = 10 * 60;
const LENGTH_SEC: readonly [Seconds, Seconds] = [10 * 60, 28 * 60];
/** Every so many seeds three providers brown out together. */
const TOGETHER_EVERY = 4;
const TOGETHER_SEC = 15 * 60;
const SUBMIT_SEC = 1;
const SPREAD = 0.35;
const TAIL = { share: 0.03, times: 2.2 };
const USUAL = { refused: 0.015, failed: 0.015, unusable: 0.02 };
const BROWNOUT = { failed: 0.45, times: 2.5 };
const SILENT_UNUSABLE = 0.85;
const FLAP_SEC: readonly [Seconds, Seconds] = [60, 240];

export function makeWorld(seed: number, jobsPerSec: number): World {
  return { seed, incidents: incidentsOf(seed), arrivals: arrivalsOf(seed, jobsPerSec) };
}

function incidentsOf(seed: number): Incident[] {
  const random = seeded(seed, 'incidents');
  const each = KINDS.map((kind, n): Incident => {
    // Each kind meets each provider equally often, so that a hundred seeds are enough.
    const maker = (n + seed + Math.floor(seed / MAKERS.length)) % MAKERS.length;
    const length = between(random, ...LENGTH_SEC);
    const from = between(random, CALM_SEC, WORLD_SEC - length - CALM_SEC);
    return { kind, maker, from, to: from + length };
  });
  if (seed % TOGETHER_EVERY !== 0) return each;
  const spared = Math.floor(uniform(random) * MAKERS.length);
  const from = between(random, CALM_SEC, WORLD_SEC - TOGETHER_SEC - CALM_SEC);
  const together = MAKERS.flatMap((_, maker): Incident[] =>
    maker === spared ? [] : [{ kind: 'brownout', maker, from, to: from + TOGETHER_SEC }],
  );
  return [...each, ...together];
}

function arrivalsOf(seed: number, jobsPerSec: number): Seconds[] {
  const random = seeded(seed, 'arrivals');
  const arrivals: Seconds[] = [];
  for (
    let at = exponential(random, 1 / jobsPerSec);
    at < WORLD_SEC;
    at += exponential(random, 1 / jobsPerSec)
  )
    arrivals.push(at);
  return arrivals;
}

/** What becomes of an order at `at`; the same for everybody who orders by the same key. */
export function generate({ seed, incidents }: World, maker: number, at: Seconds, key: string): Outcome {
  const random = { state: hash(seed, maker, key) };
  const [first, second, third] = [uniform(random), uniform(random), uniform(random)];
  const usualSec =
    logNormal(random, MAKERS[maker]?.medianSec ?? 0, SPREAD) *
    (uniform(random) < TAIL.share ? TAIL.times : 1);
  const now = incidents.filter((one) => one.maker === maker && at >= one.from && at < one.to);
  const has = (kind: Kind) => now.some((one) => one.kind === kind);
  if (has('hard') || now.some((one) => one.kind === 'flap' && isFlapDown(seed, one, at)))
    return { is: 'refused', afterSec: SUBMIT_SEC };
  if (has('hang')) return { is: 'never', afterSec: Infinity };
  if (first > 1 - USUAL.refused) return { is: 'refused', afterSec: SUBMIT_SEC };
  const isBrown = has('brownout');
  const tookSec = usualSec * (isBrown ? BROWNOUT.times : 1);
  if (second < (isBrown ? BROWNOUT.failed : USUAL.failed)) return { is: 'failed', afterSec: tookSec / 2 };
  const isUnusable = third < (has('silent') ? SILENT_UNUSABLE : USUAL.unusable);
  return { is: isUnusable ? 'unusable' : 'usable', afterSec: tookSec };
}

/** Down and up in turn, each stretch of a length of its own. */
function isFlapDown(seed: number, { maker, from }: Incident, at: Seconds): boolean {
  const random = seeded(seed, 'flap', maker);
  let isDown = true;
  let end = from + between(random, ...FLAP_SEC);
  while (end <= at) {
    isDown = !isDown;
    end += between(random, ...FLAP_SEC);
  }
  return isDown;
}

const MONTH_SEC = 30 * 24 * 3600;
/** How often incidents begin here: far oftener than anywhere, because they are what is compared. */
export const ONSETS_PER_MAKER_MONTH = (KINDS.length / MAKERS.length) * (MONTH_SEC / WORLD_SEC);

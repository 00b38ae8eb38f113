/** A target's life in short words: what is seen, when, and what the core makes of it. */

import { expect } from 'vitest';
import type { Instant } from '../../src/core/base.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { faultOf } from '../../src/core/belief.ts';
import { verdictOn } from '../../src/core/classify.ts';
import type { Effect } from '../../src/core/effect.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Cause, Health, Notice, TargetEvent, TargetState, Verdict } from '../../src/core/model.ts';
import type { RunningJob } from '../../src/core/observation.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { HealthPolicy } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import { shownState } from '../../src/core/weights.ts';

export const NOON = Date.UTC(2026, 10, 21, 12);
export const ID = 'acme/one';

/** What a canary can say: a cause stands for a failure with that cause. */
export type Said = 'pass' | 'slow' | Cause;

export function verdictFrom(said: Said, passesEver: number): Verdict {
  if (said === 'pass') return { is: 'pass', text: 'good video' };
  if (said === 'slow') return { is: 'slow', ratio: 3, text: 'took 90 s, usually 30 s' };
  return verdictOn(said, `heard ${said}`, passesEver);
}

export function noticeFor(change: Partial<Notice> = {}): Omit<Notice, 'firstSeenAt'> {
  return {
    id: 'acme:one',
    kind: 'announced',
    subject: 'one',
    effectiveAt: NOON + 30 * DAY,
    replacement: 'two',
    source: 'acme docs',
    url: 'https://acme.example/deprecations',
    ...change,
  };
}

/** How long a good canary takes, and a slow one. */
export const USUAL_MS = 30_000;
export const SLOW_MS = 90_000;

type Run = Extract<TargetEvent, { type: 'run.judged' }>;

/** One target that can be told what was seen; `told` gathers every effect. */
export interface Life {
  state: TargetState;
  told: Effect[];
  /** Each gives back what this one event made the core tell. */
  run: (at: Instant, said: Said, totalMs?: number | null, change?: Partial<Run>) => Effect[];
  check: (at: Instant, said: Said, tookMs?: number) => Effect[];
  look: (at: Instant, running?: readonly RunningJob[]) => Effect[];
  sibling: (at: Instant, is: 'ok' | 'fail') => Effect[];
  /** What users' jobs came to. */
  heard: (traffic: Omit<Extract<TargetEvent, { type: 'outcomes.reported' }>, 'type'>) => Effect[];
  sightLost: (at: Instant) => Effect[];
  networkRestored: (at: Instant) => Effect[];
  notice: (at: Instant, change?: Partial<Notice>) => Effect[];
  day: (at: Instant) => Effect[];
}

export function newLife(policy: HealthPolicy = DEFAULT_POLICY): Life {
  const step = (event: TargetEvent): Effect[] => {
    const { state, effects } = reduce(life.state, event, policy);
    life.state = state;
    life.told.push(...effects);
    return effects;
  };
  const life: Life = {
    state: freshState(ID, NOON - 2 * DAY),
    told: [],
    run: (at, said, totalMs = usualOf(said), change = {}) =>
      step({
        type: 'run.judged',
        at,
        runId: `${ID}@${at}`,
        verdict: verdictFrom(said, life.state.passesEver),
        totalMs,
        ...change,
      }),
    check: (at, said, tookMs = 0) => {
      const verdict = verdictFrom(said, life.state.passesEver);
      return step({ type: 'check.judged', at, startedAt: at - tookMs, verdict });
    },
    look: (at, running = []) => step({ type: 'looked', at, running }),
    sibling: (at, is) => step({ type: 'sibling.seen', at, by: `acme/two@${at}`, is }),
    heard: (traffic) => step({ type: 'outcomes.reported', ...traffic }),
    sightLost: (at) => step({ type: 'sight.lost', at }),
    networkRestored: (at) => step({ type: 'network.restored', at }),
    notice: (at, change = {}) => step({ type: 'notice.seen', at, notice: noticeFor(change) }),
    day: (at) => step({ type: 'day.began', at }),
  };
  return life;
}

export function usualOf(said: Said): number | null {
  if (said === 'pass') return USUAL_MS;
  return said === 'slow' ? SLOW_MS : null;
}

/** What is believed: the probability of any fault. */
export function faultIn({ state }: Pick<Life, 'state'>): number {
  return state.belief === null ? 0 : faultOf(state.belief.probabilities);
}

/** A job of ours in flight, so long after its order. */
export function job(submittedAt: Instant): RunningJob {
  return { submittedAt, isAccepted: true };
}

/** A good video each hour for a day; the last one an hour before noon. */
const WELL_HOURS = 24;
/** The shortest story that brings a target from there into each health; the last of it a minute before noon. */
const PAST: Record<Health, Said[]> = {
  unknown: [],
  healthy: [],
  suspect: ['unavailable'],
  degraded: Array.from({ length: 5 }, () => 'slow'),
  down: Array.from({ length: 4 }, () => 'unavailable'),
  recovering: [...Array.from({ length: 4 }, () => 'unavailable' as const), 'pass'],
  retired: ['retired', 'retired'],
};

/** A target that makes good videos; the last one an hour before noon. */
export function wellLife(policy?: HealthPolicy): Life {
  const life = newLife(policy);
  for (let hours = WELL_HOURS; hours > 0; hours--) life.run(NOON - hours * HOUR, 'pass');
  return life;
}

export function lifeIn(health: Health, policy?: HealthPolicy): Life {
  const life = health === 'unknown' ? newLife(policy) : wellLife(policy);
  const past = PAST[health];
  past.forEach((said, n) => life.run(NOON - (past.length - n) * MINUTE, said));
  expect(life.state.health).toBe(health);
  return life;
}

/** Seconds after noon, and what a canary said; then what is shown, and what is told. */
export type Line = [
  atS: number,
  said: Said | `check ${Said}`,
  shown: ReturnType<typeof shownState>,
  told: string,
];

/** Plays a timeline and holds every line of it against what the core does. */
export function follow(lines: readonly Line[], life: Life = wellLife()): Life {
  const played = lines.map(([atS, said]): Line => {
    const at = NOON + atS * SECOND;
    const [first = '', second] = said.split(' ');
    const told = second === undefined ? life.run(at, first as Said) : life.check(at, second as Said);
    return [atS, said, shownState(life.state), told.map((effect) => effect.type).join(' ')];
  });
  expect(played).toEqual(lines);
  return life;
}

/** The only effect of that type, or a failed test. */
export function only<T extends Effect['type']>(
  effects: readonly Effect[],
  type: T,
): Extract<Effect, { type: T }> {
  const found = effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  expect(found).toHaveLength(1);
  return found[0]!;
}

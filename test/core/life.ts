/** A target's life in short words: what is seen, when, and what the core makes of it. */

import { expect } from 'vitest';
import type { Instant } from '../../src/core/base.ts';
import { DAY, HOUR, SECOND } from '../../src/core/base.ts';
import { verdictOn } from '../../src/core/classify.ts';
import type { Effect } from '../../src/core/effect.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Cause, Health, Notice, TargetEvent, TargetState, Verdict } from '../../src/core/model.ts';
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

/** One target that can be told what was seen; `told` gathers every effect. */
export interface Life {
  state: TargetState;
  told: Effect[];
  /** Each gives back what this one event made the core tell. */
  run: (at: Instant, said: Said, totalMs?: number | null) => Effect[];
  check: (at: Instant, said: Said) => Effect[];
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
    state: freshState(ID, NOON - HOUR),
    told: [],
    run: (at, said, totalMs = null) =>
      step({
        type: 'run.judged',
        at,
        runId: `${ID}@${at}`,
        verdict: verdictFrom(said, life.state.passesEver),
        totalMs,
      }),
    check: (at, said) =>
      step({ type: 'check.judged', at, verdict: verdictFrom(said, life.state.passesEver) }),
    notice: (at, change = {}) => step({ type: 'notice.seen', at, notice: noticeFor(change) }),
    day: (at) => step({ type: 'day.began', at }),
  };
  return life;
}

/** The shortest story that brings a target into each health, an hour before noon. */
const PAST: Record<Health, Said[]> = {
  unknown: [],
  healthy: ['pass'],
  suspect: ['pass', 'unavailable'],
  degraded: ['pass', 'slow', 'slow'],
  down: ['pass', 'unavailable', 'unavailable'],
  recovering: ['pass', 'unavailable', 'unavailable', 'pass'],
  retired: ['pass', 'retired'],
};

export function lifeIn(health: Health, policy?: HealthPolicy): Life {
  const life = newLife(policy);
  PAST[health].forEach((said, n) => life.run(NOON - HOUR + n * SECOND, said));
  expect(life.state.health).toBe(health);
  return life;
}

/** Seconds after noon, what a canary said; then what is shown, when the next look is due, and what is told. */
export type Line = [
  atS: number,
  said: Said | `check ${Said}`,
  shown: ReturnType<typeof shownState>,
  probeAfterS: number | null,
  told: string,
];

/** Plays a timeline and holds every line of it against what the core does. */
export function follow(lines: readonly Line[], life: Life = newLife()): Life {
  const played = lines.map(([atS, said]): Line => {
    const at = NOON + atS * SECOND;
    const [first = '', second] = said.split(' ');
    const told = second === undefined ? life.run(at, first as Said) : life.check(at, second as Said);
    const { probe } = life.state;
    return [
      atS,
      said,
      shownState(life.state),
      probe === null ? null : (probe.at - at) / SECOND,
      told.map((effect) => effect.type).join(' '),
    ];
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

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Belief } from '../../src/core/belief.ts';
import { freshBelief } from '../../src/core/belief.ts';
import type { Demand } from '../../src/core/demand.ts';
import { dueAt, nextProbe, noteStarted } from '../../src/core/demand.ts';
import { REFERENCE_DETECTION as policy } from '../../src/core/detection.ts';
import { observe } from '../../src/core/evidence.ts';
import { hazardOf } from '../../src/core/hazard.ts';
import { decide, routerFactor } from '../../src/core/judgement.ts';
import type { Observation, Outcome } from '../../src/core/observation.ts';
import { PLENTY } from './observations.ts';

/** Times in seconds; see `origin` in the file. */
interface Step {
  t: number;
  hz: number;
  e: [string, string, number?, number?, (number | string)?];
  b?: number[];
  s?: number[];
  d?: Decision;
}

interface Decision {
  jobs: [number, 0 | 1][];
  A: number;
  state: number;
  p: number[];
  n: number;
  at: number | null;
  due: number;
  hazard: number;
  started: number;
  b?: number[];
}

interface Trace {
  sequences: { seed: number; medSec: number; price: number; steps: Step[] }[];
}

const file = join(import.meta.dirname, '../fixtures/detection/reference-trace.json');
const { sequences } = JSON.parse(readFileSync(file, 'utf8')) as Trace;

const STATES = ['up', 'suspect', 'degraded', 'down', 'blind'];
const TOLERANCE = 1e-6;

const ms = (seconds: number) => Math.round(seconds * 1000);

function observationOf({ t, e }: Step): Observation {
  const [kind, out, submitted = 0, duration = 0, more] = e;
  const at = ms(t);
  if (kind === 'free_check') return { kind, at, is: out as 'ok' | 'fail' | 'gone' };
  if (kind === 'status') return { kind, at, is: out === 'post' ? 'posted' : 'cleared' };
  const submittedAt = ms(submitted);
  const outcome = outcomeOf(out, duration);
  return kind === 'canary'
    ? { kind, at, submittedAt, isBilled: more === 1, outcome }
    : { kind: 'report', at, submittedAt, reporter: String(more), outcome };
}

function outcomeOf(out: string, duration: number): Outcome {
  switch (out) {
    case 'ok':
      return { is: 'ok', durationMs: ms(duration) };
    case 'bad':
      return { is: 'bad_output' };
    case 'fail':
      return { is: 'fail', ended: 'later' };
    default:
      return { is: out as 'refused' | 'gone' | 'auth' | 'quota' };
  }
}

/** The learnt figures of a belief, in the units and order of the trace. */
function learnt({ riskHours, latency, canary, report, freeCheck, refusal }: Belief): number[] {
  const counts = [canary, report, freeCheck, refusal].flatMap(({ bad, of }) => [bad, of]);
  return [riskHours, latency.logMs - Math.log(1000), latency.sd, ...counts];
}

function furthest(found: readonly number[], expected: readonly number[]): number {
  return Math.max(0, ...expected.map((value, k) => Math.abs(value - (found[k] ?? Infinity))));
}

describe('belief', () => {
  it.each(sequences)('follows the reference posteriors within 1e-6: sequence $seed', ({ medSec, steps }) => {
    let belief = freshBelief(0, ms(medSec), policy.belief);
    let worst = 0;
    let compared = 0;
    for (const step of steps) {
      belief = observe(belief, observationOf(step), policy.belief, step.hz);
      if (step.b !== undefined) {
        worst = Math.max(worst, furthest(belief.probabilities, step.b));
        compared++;
      }
      expect(furthest(learnt(belief), step.s ?? [])).toBeLessThan(TOLERANCE);
      if (step.d !== undefined) belief = expectDecision(belief, step, step.d);
    }

    expect(compared).toBeGreaterThan(200);
    expect(worst).toBeLessThan(TOLERANCE);
  });
});

function expectDecision(belief: Belief, { t, hz }: Step, expected: Decision): Belief {
  const at = ms(t);
  const jobs = expected.jobs.map(([start, isAccepted]) => ({
    submittedAt: ms(start),
    isAccepted: isAccepted === 1,
  }));
  const judgement = decide(belief, jobs, at, policy);
  const { state, fault, trouble, okShare } = judgement;
  const figures = [fault, trouble, okShare, routerFactor(judgement, policy.judgement)];
  const situation = { hazard: hz, staleMs: ms(expected.A), at };
  const flying = jobs.map(({ submittedAt }) => submittedAt);
  const demand = nextProbe(
    { ...situation, judgement, flying, affordable: () => Infinity, lookBudget: () => PLENTY },
    policy,
  );
  const due = dueAt(judgement.belief, fault, situation, policy);
  const flat = { ...policy, demand: { ...policy.demand, profileShare: 0 } };

  expect({ at, state, count: demand.count }).toEqual({
    at,
    state: STATES[expected.state],
    count: expected.n,
  });
  expect(furthest(figures, expected.p)).toBeLessThan(TOLERANCE);
  expect(furthest(judgement.probabilities, expected.b ?? [])).toBeLessThan(TOLERANCE);
  expect(furthest([hazardOf(judgement.belief, at, flat)], [expected.hazard])).toBeLessThan(TOLERANCE);
  expect(Math.abs(due - ms(expected.due))).toBeLessThan(10);
  expect(Math.abs(lookOf(demand) - lookExpected(expected, at))).toBeLessThan(10);
  return noteStarted(judgement.belief, expected.started, at, policy.demand);
}

/** When is looked again, where nothing is started now; 0 for never. */
function lookOf({ count, lookAt }: Demand): number {
  return count === 0 ? (lookAt ?? 0) : 0;
}

/** Nothing is looked at again within a second. */
function lookExpected(expected: Decision, at: number): number {
  return expected.at === null ? 0 : Math.max(ms(expected.at), at + 1000);
}

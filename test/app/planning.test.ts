/** Plans that follow each other, whatever the order in which events come and whatever becomes of the clock. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRecorder } from '../../src/app/recorder.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import type { TargetEvent } from '../../src/core/model.ts';
import type { RoutePlan } from '../../src/core/route.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { aProvider, aSettings, createParts } from './world.ts';
import { routeOf } from '../core/routes.ts';

const IDS = ['a/one', 'b/one', 'c/one'];
const RISE = DEFAULT_ROUTING.risePerMinute;
const VERDICTS: Extract<TargetEvent, { type: 'run.judged' }>['verdict'][] = [
  { is: 'pass', text: 'good video' },
  { is: 'pass', text: 'good video' },
  { is: 'fail', cause: 'unavailable', blame: 'provider', text: 'HTTP 503' },
];

interface Step {
  /** How far time goes on before the event is recorded, and how old the event is by then. */
  gapMs: number;
  ageMs: number;
  target: number;
  verdict: number;
}

const steps = fc.array(
  fc.record({
    gapMs: fc.integer({ min: 1, max: 30 * SECOND }),
    ageMs: fc.integer({ min: 0, max: 3 * MINUTE }),
    target: fc.integer({ min: 0, max: 2 }),
    verdict: fc.integer({ min: 0, max: VERDICTS.length - 1 }),
  }),
  { minLength: 10, maxLength: 30 },
);

interface Made {
  madeAt: number;
  plan: RoutePlan;
}

/** Lives through the steps; gives back each plan with the moment at which it was made. */
async function plansOf(taken: readonly Step[]): Promise<Made[]> {
  const [only] = aSettings(aProvider()).targets;
  const targets = IDS.map((id) => ({
    ...only!,
    target: { id, provider: id[0]!, model: 'one', region: null },
  }));
  const route = routeOf([
    [IDS[0]!, 40, 'healthy'],
    [IDS[1]!, 30, 'healthy'],
    [IDS[2]!, 30, 'healthy'],
  ]);
  const parts = await createParts({ targets, routes: [route] });
  const recorder = createRecorder({ ...parts, ring: () => {} });
  const made: Made[] = [];
  const note = () => {
    const plan = parts.board.plan(route.id);
    if (plan !== null && plan !== made.at(-1)?.plan) made.push({ madeAt: parts.clock.now(), plan });
  };
  await recorder.planAll(parts.clock.now(), 0);
  note();
  await parts.goOn(10 * MINUTE);
  for (const [n, { gapMs, ageMs, target, verdict }] of taken.entries()) {
    await parts.goOn(gapMs);
    const event: TargetEvent = {
      type: 'run.judged',
      at: parts.clock.now() - ageMs,
      runId: `${IDS[target]}@${n}`,
      verdict: VERDICTS[verdict]!,
      totalMs: verdict === 2 ? null : 60_000,
    };
    await recorder.record(IDS[target]!, () => ({ event }));
    note();
    await recorder.planAll(parts.clock.now(), 0);
    note();
  }
  await parts.store.close();
  return made;
}

/** By how much a member rose at most in the plans that were made within a minute. */
function highestRise(made: readonly Made[], member: number): number {
  const rises = made.map(({ madeAt, plan }, n) => ({
    madeAt,
    points: Math.max(0, weightIn(plan, member) - weightIn(made[n - 1]?.plan ?? plan, member)),
  }));
  const sums = rises.map(({ madeAt }, n) =>
    rises.slice(n).reduce((sum, one) => sum + (one.madeAt - madeAt < MINUTE ? one.points : 0), 0),
  );
  return Math.max(0, ...sums);
}

function weightIn(plan: RoutePlan, member: number): number {
  return plan.members[member]?.weight ?? 0;
}

/** The limit yields where points would have to stay with whoever is out, and where nobody deserves any. */
function mayYield(made: readonly Made[]): boolean {
  return made.some(
    ({ plan }) => plan.posture !== 'normal' || plan.members.some(({ factors }) => factors.state === 0),
  );
}

it('whatever the order of events, no weight rises by more than the limit within a minute', async () => {
  const property = fc.asyncProperty(steps, async (taken) => {
    const made = await plansOf(taken);
    fc.pre(made.length > 1 && !mayYield(made));
    for (const member of [0, 1, 2]) expect(highestRise(made, member)).toBeLessThanOrEqual(RISE);
  });

  expect(fc.defaultReportMessage(await fc.check(property, { numRuns: 60, seed: 6 }))).toBeUndefined();
});

it('whatever the order of events, a plan is issued when it is made', async () => {
  const property = fc.asyncProperty(steps, async (taken) => {
    for (const { madeAt, plan } of await plansOf(taken)) expect(plan.issuedAt).toBe(madeAt);
  });

  expect(fc.defaultReportMessage(await fc.check(property, { numRuns: 10, seed: 6 }))).toBeUndefined();
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Belief } from '../../src/core/belief.ts';
import { DEFAULT_DETECTION as policy } from '../../src/core/detection.ts';
import { explain } from '../../src/core/explain.ts';
import { decide, holdMs, isHopeful, routerFactor } from '../../src/core/judgement.ts';
import type { Observation } from '../../src/core/observation.ts';
import {
  after,
  anySequence,
  canary,
  FAILED,
  fresh,
  freeCheck,
  NOT_TAKEN,
  OK,
  report,
  T0,
} from './observations.ts';

const at = T0 + 4 * MINUTE;

function judge(seen: readonly Observation[], belief = fresh(), when = seen.at(-1)?.at ?? at) {
  return decide(after(seen, belief), [], when, policy);
}

const steadyUntil = T0 + 20 * HOUR;
const steady = Array.from({ length: 20 }, (_, k) => canary(T0 + k * HOUR, OK));

const outage: Observation[] = [
  canary(T0 + MINUTE, NOT_TAKEN),
  canary(T0 + 2 * MINUTE, NOT_TAKEN),
  canary(T0 + 3 * MINUTE, NOT_TAKEN),
];

describe('the last sign', () => {
  const when = T0 + 30 * MINUTE;
  const after = (okAt: number, lastBadAt: number) => {
    const { belief } = judge(outage);
    expect(belief.alert).not.toBeNull();
    return decide({ ...belief, ...calm, at: when, okAt, lastBadAt }, [], when, policy);
  };
  const calm = { probabilities: fresh().probabilities };

  it.each([
    ['later than', when - 1, when - 2, true],
    ['in the same millisecond as', when - 1, when - 1, true],
    ['earlier than', when - 2, when - 1, false],
  ])('was good where the good one came %s the bad one', (_what, okAt, lastBadAt, isGood) => {
    const judgement = after(okAt, lastBadAt);

    expect(judgement.belief.alert === null).toBe(isGood);
    expect(isHopeful(judgement)).toBe(isGood);
  });
});

describe('a verdict', () => {
  it.each<[string, Observation[], string]>([
    ['nothing seen yet is up', [], 'up'],
    ['a good canary is up', [canary(T0 + MINUTE, OK)], 'up'],
    ['one failed canary is a suspicion', [canary(T0 + MINUTE, FAILED)], 'suspect'],
    [
      'two failed canaries are one still',
      [canary(T0 + MINUTE, FAILED), canary(T0 + 2 * MINUTE, FAILED)],
      'suspect',
    ],
    [
      'reporters of one sender are no outage, however many',
      Array.from({ length: 30 }, (_, k) => report(T0 + k * 20 * SECOND, FAILED, `user ${k}`)),
      'suspect',
    ],
    [
      'those of two senders are',
      Array.from({ length: 8 }, (_, k) => ({
        ...report(T0 + k * 30 * SECOND, FAILED, `user ${k}`),
        sender: k % 2 === 0 ? 'east' : 'west',
      })),
      'down',
    ],
    [
      'one reporter, however often, is no outage',
      Array.from({ length: 30 }, (_, k) => report(T0 + k * 20 * SECOND, FAILED, 'eve')),
      'suspect',
    ],
    [
      'a free check failing for a minute is a suspicion',
      [0, 1, 2, 3].map((k) => freeCheck(T0 + k * 15 * SECOND, 'fail')),
      'suspect',
    ],
    [
      'a free check failing for five minutes is an outage',
      Array.from({ length: 25 }, (_, k) => freeCheck(T0 + k * 15 * SECOND, 'fail')),
      'down',
    ],
    [
      'slow canaries are a degradation',
      [
        ...steady,
        ...[1, 2, 3].map((k) => canary(steadyUntil + k * 6 * MINUTE, { is: 'ok', durationMs: 6 * MINUTE })),
      ],
      'degraded',
    ],
    [
      'refusals of all prompts are a degradation',
      [1, 2, 3, 4, 5].map((k) => canary(T0 + k * MINUTE, { is: 'refused' })),
      'degraded',
    ],
    ['one answer about our key is not believed yet', [canary(T0 + MINUTE, { is: 'auth' })], 'up'],
    [
      'two are: we are blind',
      [canary(T0 + MINUTE, { is: 'auth' }), canary(T0 + 2 * MINUTE, { is: 'auth' })],
      'blind',
    ],
    [
      'and a good canary ends that',
      [
        canary(T0 + MINUTE, { is: 'quota' }),
        canary(T0 + 2 * MINUTE, { is: 'quota' }),
        canary(T0 + 3 * MINUTE, OK),
      ],
      'up',
    ],
  ])('%s', (_, seen, state) => {
    expect(judge(seen).state).toBe(state);
  });

  it('tells of jobs that should have ended, without keeping them', () => {
    const jobs = [1, 2, 3].map((k) => ({ submittedAt: T0 + k * SECOND, isAccepted: true }));
    const late = decide(fresh(), jobs, T0 + 6 * MINUTE, policy);
    const early = decide(fresh(), jobs, T0 + 30 * SECOND, policy);

    expect(late).toMatchObject({ overdue: 3, state: 'down' });
    expect(early).toMatchObject({ overdue: 0, state: 'up' });
    expect(late.belief.probabilities[0]).toBeGreaterThan(0.9);
  });

  it('ends after two good generations', () => {
    const long = Array.from({ length: 6 }, (_, k) => canary(T0 + (k + 1) * MINUTE, NOT_TAKEN));
    const down = judge(long).belief;
    const one = judge([canary(T0 + 8 * MINUTE, OK)], down);
    const two = judge([canary(T0 + 9 * MINUTE, OK)], one.belief);

    expect(down.alert).toEqual({ at: T0 + 3 * MINUTE, wasDown: true });
    expect([one.belief.alert === null, two.belief.alert === null]).toEqual([false, true]);
  });

  it('does not end by time alone, nor by a free check', () => {
    const down = judge(outage).belief;
    const checks = Array.from({ length: 60 }, (_, k) => freeCheck(T0 + (5 + k) * MINUTE, 'ok'));

    expect(judge([], down, T0 + 10 * HOUR).belief.alert).not.toBeNull();
    expect(judge(checks, down).belief.alert).not.toBeNull();
  });

  it('asks a flapping target for ever longer quiet, up to a bound', () => {
    const holds: number[] = [];
    let belief: Belief = fresh();
    let now = T0;
    for (let round = 0; round < 8; round++) {
      belief = after(
        Array.from({ length: 5 }, (_, k) => canary(now + k * MINUTE, NOT_TAKEN)),
        belief,
      );
      let tries = 0;
      now += 5 * MINUTE;
      while (belief.alert !== null && tries++ < 200) {
        now += MINUTE;
        belief = after([canary(now, OK)], belief);
      }
      holds.push(holdMs(belief, now, policy.judgement) / MINUTE);
    }

    expect(holds.slice(0, 5)).toEqual([2, 4, 8, 16, 30]);
    expect(holdMs(belief, now + 7 * HOUR, policy.judgement)).toBe(0);
  });

  it('forgets trouble once it has long been calm', () => {
    const suspected = judge([canary(T0 + MINUTE, FAILED)]).belief;
    const cleared = judge([canary(T0 + 2 * MINUTE, OK), canary(T0 + 3 * MINUTE, OK)], suspected).belief;

    expect(suspected.troubleSince).toBe(T0 + MINUTE);
    expect(judge([], cleared, T0 + 6 * HOUR).belief).toMatchObject({ troubleSince: null, badGenerations: 0 });
  });
});

describe("the router's factor", () => {
  it('follows belief before there is a verdict, and is never nothing', () => {
    const factor = (seen: Observation[]) => routerFactor(judge(seen), policy.judgement);

    expect(factor([])).toBe(1);
    expect(factor([canary(T0 + MINUTE, FAILED)])).toBeLessThan(0.9);
    expect(factor(outage)).toBe(policy.judgement.downFactor);
  });

  it('stays between nothing and all for whatever is seen', () => {
    fc.assert(
      fc.property(anySequence, (sequence) => {
        const factor = routerFactor(judge(sequence), policy.judgement);

        expect(factor).toBeGreaterThan(0);
        expect(factor).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('an explanation', () => {
  const told = (seen: Observation, text: string) => ({ seen, text });

  it('names the likeliest fault, its signs, and how the others fare', () => {
    const seen: Observation[] = [
      freeCheck(T0 + 30 * SECOND, 'fail'),
      ...outage,
      freeCheck(T0 + 3 * MINUTE, 'fail'),
    ];
    const jobs = [{ submittedAt: T0 - MINUTE, isAccepted: true }];
    const judgement = decide(after(seen), jobs, T0 + 3 * MINUTE, policy);

    const text = explain(judgement, {
      recent: seen.toReversed().map((each) => told(each, 'server errors: HTTP 503')),
      counts: null,
      others: { fine: 4, all: 4 },
    }).join('; ');

    expect(text).toBe(
      'API down 98.8 %; 3 of 3 canaries bad since 00:01 UTC (server errors: HTTP 503); ' +
        'free check fails since 00:00 UTC; 1 job overdue, up to x4.0 the usual 60 s; 4 of 4 other providers fine',
    );
  });

  it('says when it is us, and who says so', () => {
    const judgement = judge([canary(T0 + MINUTE, { is: 'auth' }), canary(T0 + 2 * MINUTE, { is: 'auth' })]);

    expect(explain(judgement, { recent: [], counts: null, others: { fine: 0, all: 0 } })).toEqual([
      'cannot see: our own key, quota or account',
      'canaries say that it is our key or quota, last at 00:02 UTC',
    ]);
  });

  it('names what else it may be, and what the status page said', () => {
    const seen: Observation[] = [
      canary(T0 + MINUTE, FAILED),
      { kind: 'status', at: T0 + 2 * MINUTE, is: 'posted' },
    ];

    const sentences = explain(judge(seen), {
      recent: seen.toReversed().map((each) => told(each, 'Elevated errors')),
      counts: null,
      others: { fine: 0, all: 0 },
    });

    expect(sentences).toContain('status page at 00:02 UTC: Elevated errors');
    expect(sentences.at(-1)).toMatch(/^else: .* %/);
  });
});

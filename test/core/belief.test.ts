import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Belief } from '../../src/core/belief.ts';
import { faultOf, freshBelief, stationaryShare } from '../../src/core/belief.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import { observe } from '../../src/core/evidence.ts';
import { EXPLANATIONS, FIRST_FAULT, INDEX } from '../../src/core/explanations.ts';
import { factorsOf } from '../../src/core/explain.ts';
import type { Observation } from '../../src/core/observation.ts';
import { fromSibling } from '../../src/core/observation.ts';
import { relax } from '../../src/core/relax.ts';
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

const policy = DEFAULT_DETECTION.belief;

function total(belief: Belief): number {
  return belief.probabilities.reduce((sum, p) => sum + p, 0);
}

describe('belief', () => {
  it('always sums to 1, and is never certain of a fault', () => {
    fc.assert(
      fc.property(anySequence, (sequence) => {
        const belief = after(sequence);

        expect(Math.abs(total(belief) - 1)).toBeLessThan(1e-7);
        expect(faultOf(belief.probabilities)).toBeLessThanOrEqual(policy.certaintyMax + 1e-7);
        expect(Math.min(...belief.probabilities)).toBeGreaterThan(0);
      }),
    );
    expect(total(fresh())).toBeCloseTo(1, 12);
  });

  it('has the same future after it was written down and read again', () => {
    fc.assert(
      fc.property(anySequence, anySequence, (past, future) => {
        const belief = after(past);
        const read = JSON.parse(JSON.stringify(belief)) as Belief;
        const later = future.map((seen): Observation => ({ ...seen, at: seen.at + 400 * DAY }));

        expect(after(later, read)).toEqual(after(later, belief));
      }),
    );
  });

  it('stays small: with every reporter, closing and canary that it remembers', () => {
    const crowd = Array.from({ length: 500 }, (_, k) => report(T0 + k * SECOND, FAILED, `user ${k}`));

    const belief = after(crowd);

    expect(belief.votes).toHaveLength(policy.votersMax);
    expect(JSON.stringify(belief).length).toBeLessThan(4_000);
    expect(JSON.stringify(after([canary(T0 + HOUR, OK)])).length).toBeLessThan(1_200);
  });

  it('does not change what it was given', () => {
    const belief = Object.freeze({ ...fresh(), probabilities: Object.freeze([...fresh().probabilities]) });

    expect(observe(belief, canary(T0 + HOUR, FAILED), policy)).not.toBe(belief);
    expect(belief.probabilities).toEqual(fresh().probabilities);
  });

  it('does not rise by time alone above what is usual for each explanation', () => {
    fc.assert(
      fc.property(anySequence, fc.integer({ min: 1, max: 90 * DAY }), (sequence, ms) => {
        // An hour after a recovery a relapse is likelier: that is not what is meant here.
        const belief = { ...after(sequence), recoveredAt: null };
        const later = relax(belief, belief.at + ms, policy);

        for (let k = FIRST_FAULT; k < EXPLANATIONS.length; k++) {
          const most = Math.max(belief.probabilities[k] ?? 0, stationaryShare(policy, k));
          expect(later.probabilities[k]).toBeLessThanOrEqual(most + 2e-9);
        }
      }),
    );
  });

  it('forgets an outage that nobody looks at, and grows the risk of one meanwhile', () => {
    const down = after([canary(T0 + MINUTE, NOT_TAKEN), canary(T0 + 2 * MINUTE, NOT_TAKEN)]);
    const later = relax(down, down.at + 3 * DAY, policy);

    expect(faultOf(later.probabilities)).toBeCloseTo(faultOf(fresh().probabilities), 4);
    expect(later.riskHours).toBeGreaterThan(down.riskHours + 1);
  });

  it('is not moved by a clock that goes back', () => {
    const belief = after([canary(T0 + HOUR, OK)]);

    expect(relax(belief, T0, policy)).toBe(belief);
  });
});

describe('a single observation', () => {
  const { canary: usual } = policy;

  it.each<[string, Observation, 'up' | 'down' | 'none', keyof typeof INDEX]>([
    ['a good canary', canary(T0 + MINUTE, OK), 'down', 'fine'],
    ['an order not taken', canary(T0 + MINUTE, NOT_TAKEN), 'up', 'generation_down'],
    ['a job that failed', canary(T0 + MINUTE, FAILED), 'up', 'generation_down'],
    ['a black video', canary(T0 + MINUTE, { is: 'bad_output' }), 'up', 'generation_down'],
    ['a refusal', canary(T0 + MINUTE, { is: 'refused' }), 'up', 'refusing'],
    ['a model that is gone', canary(T0 + MINUTE, { is: 'gone' }), 'up', 'generation_down'],
    ['a slow canary', canary(T0 + MINUTE, { is: 'ok', durationMs: 6 * MINUTE }), 'up', 'slow'],
    ['a revoked key', canary(T0 + MINUTE, { is: 'auth' }), 'none', 'fine'],
    ['an empty account', canary(T0 + MINUTE, { is: 'quota' }), 'none', 'fine'],
    ["a user's good job", report(T0 + MINUTE, OK, 'ann'), 'down', 'fine'],
    ["a user's failure", report(T0 + MINUTE, FAILED, 'ann'), 'up', 'generation_down'],
    ["a user's revoked key", report(T0 + MINUTE, { is: 'auth' }, 'ann'), 'none', 'fine'],
    ['a free check that is fine', freeCheck(T0 + MINUTE, 'ok'), 'down', 'fine'],
    ['a free check that fails', freeCheck(T0 + MINUTE, 'fail'), 'up', 'api_down'],
    ['a free check that says the key is wrong', freeCheck(T0 + MINUTE, 'auth'), 'none', 'fine'],
    ['a free check that says the account is empty', freeCheck(T0 + MINUTE, 'quota'), 'none', 'fine'],
    ['a free check that misses the model', freeCheck(T0 + MINUTE, 'gone'), 'up', 'generation_down'],
    ['a post on the status page', { kind: 'status', at: T0 + MINUTE, is: 'posted' }, 'up', 'generation_down'],
    ['announced maintenance', { kind: 'status', at: T0 + MINUTE, is: 'maintenance' }, 'none', 'fine'],
    ['the end of a post', { kind: 'status', at: T0 + MINUTE, is: 'cleared' }, 'none', 'fine'],
    ["a sibling's refused order", { kind: 'sibling', at: T0 + MINUTE, is: 'fail' }, 'up', 'api_down'],
    ["a sibling's good canary", { kind: 'sibling', at: T0 + MINUTE, is: 'ok' }, 'down', 'fine'],
  ])('%s moves the odds of a fault as it should', (_, seen, direction, mostMoved) => {
    const { fault, each } = factorsOf(fresh(), seen, policy);

    expect(direction).toBe(fault > 1.0001 ? 'up' : fault < 0.9999 ? 'down' : 'none');
    expect(
      Math.max(
        ...each.slice(0, FIRST_FAULT).slice(0, 1),
        ...(direction === 'up' ? each.slice(FIRST_FAULT) : []),
      ),
    ).toBe(each[INDEX[mostMoved]]);
    expect(fault).toBeLessThanOrEqual(policy.factorMax);
    expect(fault).toBeGreaterThanOrEqual(1 / policy.factorMax);
  });

  it('learns how often a target fails for no reason, within bounds', () => {
    const flaky = Array.from({ length: 300 }, (_, k) => canary(T0 + k * HOUR, k % 8 === 0 ? FAILED : OK));
    const steady = Array.from({ length: 300 }, (_, k) => canary(T0 + k * HOUR, OK));
    const failure = (belief: Belief) => factorsOf(belief, canary(T0 + 301 * HOUR, FAILED), policy).fault;

    expect(failure(after(flaky))).toBeLessThan(failure(after(steady)) / 2);
    expect(failure(after(steady))).toBeLessThanOrEqual(1 / usual.shareMin);
  });

  it('learns how long a target takes, so that only what is long for it is slow', () => {
    const slowOne = Array.from({ length: 40 }, (_, k) =>
      canary(T0 + k * HOUR, { is: 'ok', durationMs: 5 * MINUTE }),
    );
    const long = canary(T0 + 41 * HOUR, { is: 'ok', durationMs: 6 * MINUTE });

    expect(factorsOf(fresh(), long, policy).fault).toBeGreaterThan(2);
    expect(factorsOf(after(slowOne), long, policy).fault).toBeLessThan(1);
  });

  it('is old news where something submitted later has ended well: it speaks of a part only', () => {
    const belief = after([canary(T0 + 10 * MINUTE, OK, T0 + 9 * MINUTE)]);
    const late = canary(T0 + 11 * MINUTE, FAILED, T0 + MINUTE);
    const fresh = canary(T0 + 11 * MINUTE, FAILED, T0 + 10 * MINUTE);

    expect(factorsOf(belief, late, policy).each[INDEX.generation_down]).toBeLessThan(1);
    expect(factorsOf(belief, late, policy).each[INDEX.partial]).toBeGreaterThan(10);
    expect(factorsOf(belief, fresh, policy).each[INDEX.generation_down]).toBeGreaterThan(10);
  });
});

describe('a reporter', () => {
  it('has one vote in ten minutes, whatever it says', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 * MINUTE }), { maxLength: 40 }), (gaps) => {
        let at = T0 + MINUTE;
        let belief = after([report(at, FAILED, 'eve')]);
        for (const gap of gaps) {
          at += gap;
          expect(factorsOf(belief, report(at, FAILED, 'eve'), policy).fault).toBeCloseTo(1, 6);
          belief = after([report(at, FAILED, 'eve')], belief);
        }
        expect(belief.badGenerations).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('has another vote once it has been silent, and others have theirs', () => {
    const belief = after([report(T0 + MINUTE, FAILED, 'eve')]);

    expect(factorsOf(belief, report(T0 + 2 * MINUTE, FAILED, 'ann'), policy).fault).toBeGreaterThan(2);
    expect(factorsOf(belief, report(T0 + 12 * MINUTE, FAILED, 'eve'), policy).fault).toBeGreaterThan(2);
  });
});

describe('what is ours', () => {
  it('never moves the odds of a fault, in whatever state and however often', () => {
    const ours = fc.constantFrom<Observation>(
      canary(T0, { is: 'auth' }),
      canary(T0, { is: 'quota' }),
      report(T0, { is: 'auth' }, 'ann'),
      report(T0, { is: 'quota' }, 'ann'),
      freeCheck(T0, 'auth'),
      freeCheck(T0, 'quota'),
    );
    fc.assert(
      fc.property(anySequence, ours, fc.integer({ min: 0, max: DAY }), (sequence, seen, ms) => {
        const belief = after(sequence);
        const { each } = factorsOf(belief, { ...seen, at: belief.at + ms }, policy);

        expect(each.every((factor) => factor === 1)).toBe(true);
      }),
    );
  });
});

describe('siblings', () => {
  it.each<[string, Observation, string | null]>([
    ['a free check in full', freeCheck(T0, 'fail'), 'free_check'],
    ['a status post in full', { kind: 'status', at: T0, is: 'posted' }, 'status'],
    ['a good canary as a sign of the API', canary(T0, OK), 'sibling'],
    ['an order not taken as a sign of the API', canary(T0, NOT_TAKEN), 'sibling'],
    ['nothing of a job that failed later', canary(T0, FAILED), null],
    ['nothing of a model that is gone', canary(T0, { is: 'gone' }), null],
    ['nothing of a refusal', canary(T0, { is: 'refused' }), null],
    ['nothing of our account', canary(T0, { is: 'auth' }), null],
    ["nothing of a user's job", report(T0, NOT_TAKEN, 'ann'), null],
  ])('hand on %s', (_, seen, kind) => {
    expect(fromSibling(seen)?.kind ?? null).toBe(kind);
  });

  it('say nothing where nothing is to be shared', () => {
    const alone = { ...policy, siblingShare: 0 };
    const seen: Observation = { kind: 'sibling', at: T0 + MINUTE, is: 'fail' };

    expect(factorsOf(fresh(), seen, alone).fault).toBe(1);
    expect(factorsOf(fresh(), seen, { ...policy, siblingShare: 1 }).fault).toBeGreaterThan(2);
  });

  it('cannot make an alert by themselves', () => {
    const seen = Array.from({ length: 50 }, (_, k): Observation => ({
      kind: 'sibling',
      at: T0 + k * SECOND,
      is: 'fail',
    }));

    expect(after(seen).alert).toBeNull();
    expect(faultOf(after(seen).probabilities)).toBeGreaterThan(0.9);
  });
});

describe('a fresh belief', () => {
  it('holds the shares of time that the prior gives each explanation', () => {
    const { probabilities } = freshBelief(T0, MINUTE, policy);

    // 0.6 + 1.4 + 0.9 + 0.6 + 0.4 + 0.12 onsets a month of an hour each, in a month of 720 hours.
    expect(faultOf(probabilities)).toBeCloseTo(4.02 / 720, 9);
  });
});

import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { freshState } from '../../src/core/fresh.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import { ID, NOON, follow, lifeIn, newLife, only, verdictFrom } from './life.ts';

describe('blindness', () => {
  it.each(['auth', 'no_access', 'no_credit', 'bad_request', 'unreachable'] as const)(
    'by %s holds health, is told once, and ends when something is seen again',
    (cause) => {
      const { told } = follow([
        [0, 'pass', 'healthy', null, ''],
        [600, cause, 'blind', null, 'blind.began'],
        [1200, cause, 'blind', null, ''],
        [1800, 'rate_limited', 'blind', null, ''],
        [2400, 'pass', 'healthy', null, 'blind.ended'],
      ]);

      expect(only(told, 'blind.began')).toMatchObject({ target: ID, cause, text: `heard ${cause}` });
      expect(only(told, 'blind.ended')).toMatchObject({ cause, durationMs: 1800 * SECOND });
    },
  );

  it('of another cause is not told again, and counted from the first', () => {
    const { told } = follow([
      [0, 'pass', 'healthy', null, ''],
      [600, 'auth', 'blind', null, 'blind.began'],
      [1200, 'no_credit', 'blind', null, ''],
      [1800, 'pass', 'healthy', null, 'blind.ended'],
    ]);

    expect(only(told, 'blind.ended')).toMatchObject({ cause: 'no_credit', durationMs: 1200 * SECOND });
  });

  it('does not clear a suspicion, which is checked again a minute later', () => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [600, 'unavailable', 'suspect', 5, ''],
      [605, 'no_credit', 'blind', 60, 'blind.began'],
      [665, 'unavailable', 'blind', 60, 'incident.opened'],
    ]);

    expect(life.state.health).toBe('down');
  });

  it('by a check that goes on being refused is told once, however often canaries pass', () => {
    const life = newLife();
    for (let n = 0; n < 4; n++) {
      life.check(NOON + n * HOUR, 'no_access');
      life.run(NOON + n * HOUR + MINUTE, 'pass');
    }

    expect(life.told.map(({ type }) => type)).toEqual(['blind.began', 'blind.ended']);
  });

  it('that a canary has found is not replaced or ended by what a check says', () => {
    const life = newLife();
    life.run(NOON, 'no_credit');
    life.check(NOON + MINUTE, 'unreachable');
    life.check(NOON + 2 * MINUTE, 'pass');

    expect(life.state.blind?.cause).toBe('no_credit');
    expect(life.told).toHaveLength(1);
  });

  it('of our account is not ended by an error from in front of the door, only by what an accepted order can show', () => {
    const { told } = follow([
      [0, 'auth', 'blind', null, 'blind.began'],
      [600, 'unavailable', 'blind', 5, ''],
      [605, 'bad_output', 'down', 60, 'blind.ended incident.opened'],
    ]);

    expect(only(told, 'blind.ended').cause).toBe('auth');
  });

  it('lies over an outage, which goes on beneath it', () => {
    const { told } = follow(
      [
        [0, 'auth', 'blind', 215.94, 'blind.began'],
        [600, 'pass', 'recovering', 5, 'blind.ended'],
        [605, 'pass', 'healthy', null, 'incident.closed'],
      ],
      lifeIn('down'),
    );

    expect(only(told, 'incident.closed').durationMs).toBe(HOUR - SECOND + 605 * SECOND);
  });
});

describe('a free check', () => {
  it('casts suspicion once, and never clears one', () => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [60, 'check unavailable', 'suspect', 5, ''],
      [61, 'check unavailable', 'suspect', 4, ''],
      [62, 'check pass', 'suspect', 3, ''],
      [65, 'pass', 'healthy', null, ''],
    ]);

    expect(life.told).toHaveLength(0);
  });

  it('that goes on failing while videos are good says nothing new', () => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [60, 'check unavailable', 'suspect', 5, ''],
      [65, 'pass', 'healthy', null, ''],
      [120, 'check unavailable', 'healthy', null, ''],
      [180, 'check pass', 'healthy', null, ''],
      [240, 'check unavailable', 'suspect', 5, ''],
    ]);

    expect(life.told).toHaveLength(0);
  });

  it('never puts off the look that is planned already', () => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [60, 'unavailable', 'suspect', 5, ''],
      [63, 'check unavailable', 'suspect', 2, ''],
      [64, 'check pass', 'suspect', 1, ''],
    ]);
    life.check(NOON + 64.5 * SECOND, 'unavailable');

    expect(life.state.probe).toEqual({ at: NOON + 65 * SECOND, why: 'confirm' });
  });

  it('brings a look forward that was planned for later', () => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [60, 'unavailable', 'suspect', 5, ''],
      [65, 'rate_limited', 'suspect', 60, ''],
      [70, 'check unavailable', 'suspect', 5, ''],
    ]);

    expect(life.told).toHaveLength(0);
  });

  it('teaches nothing when it says the same again', () => {
    const life = newLife();
    life.check(NOON, 'pass');
    const before = life.state;
    const event = { type: 'check.judged', at: NOON + MINUTE, verdict: verdictFrom('pass', 0) } as const;

    expect(reduce(before, event, DEFAULT_POLICY)).toEqual({ state: before, effects: [], changed: false });
  });

  it.each([
    ['a refused key that it had found', 'check auth', 'healthy', 'blind.ended'],
    ['a broken network, whoever found it', 'unreachable', 'healthy', 'blind.ended'],
    ['not a refused key that a canary found', 'auth', 'blind', ''],
    ['not an empty account that a canary found', 'no_credit', 'blind', ''],
    ['not a refused order', 'bad_request', 'blind', ''],
  ] as const)('that goes well proves %s is over', (_what, said, shown, told) => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [60, said, 'blind', null, 'blind.began'],
      [120, 'check pass', shown, null, told],
    ]);

    expect(life.told).toHaveLength(told === '' ? 1 : 2);
  });

  it('leaves a retired target in peace', () => {
    const life = follow([[0, 'check unavailable', 'retired', null, '']], lifeIn('retired'));

    expect(life.told).toHaveLength(1);
  });
});

describe('a model that is not found', () => {
  it('is our typing error while it has never worked', () => {
    const life = follow([
      [0, 'model_missing', 'blind', null, 'blind.began'],
      [600, 'model_missing', 'blind', null, ''],
    ]);

    expect(life.told).toHaveLength(1);
  });

  it('is the provider’s doing once it has worked', () => {
    const { told } = follow([
      [0, 'pass', 'healthy', null, ''],
      [600, 'model_missing', 'suspect', 5, ''],
      [605, 'model_missing', 'down', 60, 'incident.opened'],
    ]);

    expect(only(told, 'incident.opened').incident.cause).toBe('model_missing');
  });
});

describe('the baseline', () => {
  it('is the geometric mean of good runs; failures teach it nothing, slow runs a little', () => {
    const life = newLife();
    life.run(NOON, 'pass', 10_000);
    life.run(NOON + HOUR, 'pass', 40_000);
    life.run(NOON + 2 * HOUR, 'slow', 900_000);
    life.run(NOON + 3 * HOUR, 'unavailable', 900_000);
    life.run(NOON + 4 * HOUR, 'pass', null);
    life.run(NOON + 5 * HOUR, 'pass', 0);

    expect(life.state.baseline.n).toBe(2);
    expect(Math.exp(life.state.baseline.logMs)).toBeGreaterThan(20_000);
    expect(Math.exp(life.state.baseline.logMs)).toBeLessThan(20_800);
  });

  it.each([
    ['ten minutes', 10 * MINUTE, MINUTE, 10_100],
    ['a day of looking every minute', DAY, MINUTE, 17_000],
    ['a day of looking every hour', DAY, HOUR, 17_000],
  ])('has not made slowness its usual after %s', (_time, lengthMs, everyMs, most) => {
    const life = newLife();
    for (let n = 0; n < 50; n++) life.run(NOON + n * MINUTE, 'pass', 10_000);
    for (let at = 0; at < lengthMs; at += everyMs) life.run(NOON + HOUR + at, 'slow', 40_000);

    expect(Math.exp(life.state.baseline.logMs)).toBeLessThan(most);
  });

  it('takes what has been slow for two weeks as the new usual', () => {
    const life = newLife();
    for (let n = 0; n < 50; n++) life.run(NOON + n * MINUTE, 'pass', 10_000);
    for (let at = 0; at < 14 * DAY; at += HOUR) life.run(NOON + HOUR + at, 'slow', 40_000);

    expect(Math.exp(life.state.baseline.logMs)).toBeGreaterThan(35_000);
  });

  it('follows a provider that slowly changes: no more than fifty runs weigh in it', () => {
    const life = newLife();
    for (let n = 0; n < 200; n++) life.run(NOON + n * MINUTE, 'pass', 10_000);
    expect(life.state.baseline.n).toBe(50);
    for (let n = 0; n < 200; n++) life.run(NOON + DAY + n * MINUTE, 'pass', 20_000);

    expect(life.state.baseline.n).toBe(50);
    expect(Math.exp(life.state.baseline.logMs)).toBeGreaterThan(19_500);
  });
});

it('never changes the state that it is given', () => {
  const state = Object.freeze({ ...freshState(ID, NOON), evidence: Object.freeze([]) as never });
  const event = {
    type: 'run.judged',
    at: NOON,
    runId: `${ID}@${NOON}`,
    verdict: verdictFrom('unavailable', 0),
    totalMs: null,
  } as const;

  expect(reduce(state, event, DEFAULT_POLICY).state).not.toBe(state);
  expect(state).toEqual(freshState(ID, NOON));
});

it.each(['incident.closed', 'blind.ended'] as const)(
  'tells of no negative time when the clock went back: %s',
  (type) => {
    const life = lifeIn('healthy');
    life.run(NOON, 'unavailable');
    life.run(NOON, 'unavailable');
    life.check(NOON, 'auth');
    life.run(NOON - 2 * SECOND, 'pass');
    life.run(NOON - SECOND, 'pass');

    expect(only(life.told, type).durationMs).toBe(0);
  },
);

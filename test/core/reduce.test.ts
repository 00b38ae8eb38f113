import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { freshState } from '../../src/core/fresh.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { Life } from './life.ts';
import { ID, NOON, faultIn, follow, job, lifeIn, newLife, only, verdictFrom, wellLife } from './life.ts';

describe('blindness', () => {
  it.each(['auth', 'no_access', 'no_credit', 'bad_request'] as const)(
    'by %s holds health, is told once, and ends when something is seen again',
    (cause) => {
      const { told } = follow([
        [0, 'pass', 'healthy', ''],
        [600, cause, 'blind', 'blind.began'],
        [1200, cause, 'blind', ''],
        [1800, 'rate_limited', 'blind', ''],
        [2400, 'pass', 'healthy', 'blind.ended'],
      ]);

      expect(only(told, 'blind.began')).toMatchObject({ target: ID, cause, text: `heard ${cause}` });
      expect(only(told, 'blind.ended')).toMatchObject({ cause, durationMs: 1800 * SECOND });
    },
  );

  it('by our own network is told by nobody alone, replaces nothing, and gives way to what is the target’s own', () => {
    const life = follow([
      [0, 'pass', 'healthy', ''],
      [600, 'unreachable', 'blind', ''],
      [1200, 'auth', 'blind', 'blind.began'],
      [1800, 'unreachable', 'blind', ''],
      [2400, 'pass', 'healthy', 'blind.ended'],
      [3000, 'unreachable', 'blind', ''],
    ]);
    expect(only(life.told, 'blind.ended')).toMatchObject({ cause: 'auth', durationMs: 1200 * SECOND });

    expect(life.networkRestored(NOON + HOUR)).toEqual([]);
    expect(life.state.blind).toBeNull();
  });

  it('of another cause is not told again, and counted from the first', () => {
    const { told } = follow([
      [0, 'pass', 'healthy', ''],
      [600, 'auth', 'blind', 'blind.began'],
      [1200, 'no_credit', 'blind', ''],
      [1800, 'pass', 'healthy', 'blind.ended'],
    ]);

    expect(only(told, 'blind.ended')).toMatchObject({ cause: 'no_credit', durationMs: 1200 * SECOND });
  });

  it('does not clear a suspicion, and outages are found beneath it', () => {
    const life = follow([
      [600, 'unavailable', 'suspect', ''],
      [660, 'no_credit', 'blind', 'blind.began'],
      [720, 'unavailable', 'blind', ''],
      [780, 'unavailable', 'blind', 'incident.opened'],
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
      [0, 'auth', 'blind', 'blind.began'],
      [600, 'unavailable', 'blind', ''],
      [660, 'bad_output', 'suspect', 'blind.ended'],
    ]);

    expect(only(told, 'blind.ended').cause).toBe('auth');
  });

  it('lies over an outage, which goes on beneath it', () => {
    const { told } = follow(
      [
        [0, 'auth', 'blind', 'blind.began'],
        [600, 'pass', 'recovering', 'blind.ended'],
        [660, 'pass', 'recovering', ''],
        [900, 'pass', 'healthy', 'incident.closed'],
      ],
      lifeIn('down'),
    );

    expect(only(told, 'incident.closed').durationMs).toBe(14 * MINUTE);
  });
});

describe('what is told twice, because the answer to the first writing got lost', () => {
  const told: [string, (life: Life) => unknown][] = [
    ...(['pass', 'slow', 'unavailable', 'retired', 'rate_limited', 'moderated', 'auth'] as const).flatMap(
      (said): [string, (life: Life) => unknown][] => [
        [`a run: ${said}`, (life) => life.run(NOON, said)],
        [`a check: ${said}`, (life) => life.check(NOON, said)],
      ],
    ),
    ['a sibling', (life) => life.sibling(NOON, 'fail')],
    ['a look', (life) => life.look(NOON, [job(NOON - 10 * MINUTE), job(NOON - 9 * MINUTE)])],
    ['the loss of sight', (life) => life.sightLost(NOON)],
    ['a notice', (life) => life.notice(NOON)],
    ['midnight', (life) => life.day(NOON)],
  ];

  it.each(told)('counts once: %s', (_what, tell) => {
    for (const health of ['unknown', 'healthy', 'suspect', 'down', 'recovering'] as const) {
      const life = lifeIn(health);
      tell(life);
      const once = life.state;

      expect(tell(life)).toEqual([]);
      expect(life.state).toBe(once);
    }
  });
});

describe('a model that is not found', () => {
  it('is our typing error while it has never worked', () => {
    const life = follow(
      [
        [0, 'model_missing', 'blind', 'blind.began'],
        [600, 'model_missing', 'blind', ''],
      ],
      newLife(),
    );

    expect(life.told).toHaveLength(1);
    expect(faultIn(life)).toBeLessThan(0.01);
  });

  it('is the provider’s doing once it has worked', () => {
    const { told } = follow([
      [600, 'model_missing', 'healthy', ''],
      [660, 'model_missing', 'suspect', ''],
      [720, 'model_missing', 'suspect', ''],
      [780, 'model_missing', 'down', 'incident.opened'],
    ]);

    expect(only(told, 'incident.opened').incident.cause).toBe('model_missing');
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

it('tells of no negative time when the clock went back', () => {
  const life = lifeIn('down');
  life.run(NOON, 'auth');
  life.run(NOON - HOUR, 'pass');
  life.notice(NOON - HOUR, { effectiveAt: NOON - HOUR });

  expect(only(life.told, 'blind.ended').durationMs).toBe(0);
  expect(only(life.told, 'incident.closed').durationMs).toBe(0);
});

it.each([MINUTE, HOUR, 30 * DAY])(
  'goes on judging when the clock went back by %d ms, and keeps a state that JSON can hold',
  (backMs) => {
    const life = wellLife();
    for (let n = 0; n < 40; n++) life.run(NOON + n * MINUTE, 'pass');
    life.check(NOON + HOUR, 'unavailable');
    const at = NOON + HOUR - backMs;
    for (const said of ['pass', 'slow', 'unavailable', 'pass'] as const) {
      life.run(at + life.state.version * SECOND, said);
      life.check(at + life.state.version * SECOND, 'unavailable');
    }

    expect(JSON.parse(JSON.stringify(life.state))).toEqual(life.state);
    expect(faultIn(life)).toBeGreaterThanOrEqual(0);
    expect(faultIn(life)).toBeLessThanOrEqual(1);
  },
);

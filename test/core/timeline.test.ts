/** Outages as people live through them, line by line. The numbers are those of the default policy. */

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Line } from './life.ts';
import { ID, NOON, follow, lifeIn, newLife, only } from './life.ts';

const TO_DOWN: Line[] = [
  [0, 'pass', 'healthy', null, ''],
  [600, 'unavailable', 'suspect', 5, ''],
  [605, 'overloaded', 'down', 60, 'incident.opened'],
];

describe('an outage', () => {
  it('is suspected at the first failure, confirmed five seconds later, and told from the first failure on', () => {
    const { told } = follow(TO_DOWN);

    expect(only(told, 'incident.opened')).toMatchObject({
      target: ID,
      health: 'down',
      incident: {
        id: `${ID}!1`,
        firstFailureAt: NOON + 600 * SECOND,
        detectedAt: NOON + 605 * SECOND,
        worst: 'down',
        cause: 'overloaded',
        evidence: [{ cause: 'overloaded' }, { cause: 'unavailable' }],
      },
    });
  });

  it('is told once, looked at in steps of 6 % of its length, and over after two passes', () => {
    const life = follow([
      ...TO_DOWN,
      [665, 'timeout', 'down', 60, ''],
      // After an hour: 6 % of 60 minutes.
      [4200, 'timeout', 'down', 216, ''],
      // After five hours no longer than ten minutes.
      [18600, 'timeout', 'down', 600, ''],
      [19200, 'pass', 'recovering', 5, ''],
      [19205, 'pass', 'healthy', null, 'incident.closed'],
    ]);

    expect(only(life.told, 'incident.closed')).toMatchObject({
      to: 'healthy',
      durationMs: (19205 - 600) * SECOND,
      incident: { id: `${ID}!1`, worst: 'down' },
    });
    expect(life.state).toMatchObject({ incident: null, evidence: [], troubleSince: null, fails: 0 });
  });

  it('goes on when it comes back before its end was certain, and is not told again', () => {
    const life = follow([
      ...TO_DOWN,
      [665, 'pass', 'recovering', 5, ''],
      [670, 'unavailable', 'down', 60, ''],
      [730, 'pass', 'recovering', 5, ''],
      [735, 'pass', 'healthy', null, 'incident.closed'],
    ]);

    expect(life.told).toHaveLength(2);
  });

  it('is over by slow videos too: their slowness is judged afterwards', () => {
    const life = follow([
      ...TO_DOWN,
      [665, 'slow', 'recovering', 5, ''],
      [670, 'slow', 'healthy', null, 'incident.closed'],
      [1200, 'slow', 'suspect', 5, ''],
      [1205, 'slow', 'degraded', 60, 'incident.opened'],
    ]);

    expect(life.told).toHaveLength(3);
  });

  it('begins with the failed check that made us look', () => {
    const { told } = follow([
      [0, 'pass', 'healthy', null, ''],
      [60, 'check unavailable', 'suspect', 5, ''],
      [65, 'unavailable', 'suspect', 5, ''],
      [70, 'unavailable', 'down', 60, 'incident.opened'],
    ]);

    const { incident } = only(told, 'incident.opened');
    expect(incident.firstFailureAt).toBe(NOON + 60 * SECOND);
    expect(incident.evidence.map(({ runId }) => runId === null)).toEqual([false, false, true]);
  });
});

describe('a suspicion', () => {
  it('is gone with the next good video, and nobody hears of it', () => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [600, 'unavailable', 'suspect', 5, ''],
      [605, 'pass', 'healthy', null, ''],
      [1200, 'unavailable', 'suspect', 5, ''],
    ]);

    expect(life.state.troubleSince).toBe(NOON + 1200 * SECOND);
  });

  it('stays while it cannot be checked, and is looked at again after a minute', () => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [600, 'unavailable', 'suspect', 5, ''],
      [605, 'rate_limited', 'suspect', 60, ''],
      [665, 'interrupted', 'suspect', 60, ''],
      [725, 'unavailable', 'down', 60, 'incident.opened'],
    ]);

    expect(only(life.told, 'incident.opened').incident.firstFailureAt).toBe(NOON + 600 * SECOND);
  });
});

describe('slowness', () => {
  it('twice in a row is an incident that two normal passes end', () => {
    const { told } = follow([
      [0, 'pass', 'healthy', null, ''],
      [600, 'slow', 'suspect', 5, ''],
      [605, 'slow', 'degraded', 60, 'incident.opened'],
      [665, 'slow', 'degraded', 60, ''],
      [725, 'pass', 'recovering', 5, ''],
      [730, 'slow', 'degraded', 60, ''],
      [790, 'pass', 'recovering', 5, ''],
      [795, 'pass', 'healthy', null, 'incident.closed'],
    ]);

    expect(only(told, 'incident.opened')).toMatchObject({ health: 'degraded', incident: { cause: 'slow' } });
    expect(only(told, 'incident.closed')).toMatchObject({
      durationMs: 195_000,
      incident: { worst: 'degraded' },
    });
  });

  it('that turns into an outage changes the incident it is, and counts from the first slow video', () => {
    const { told } = follow([
      [0, 'pass', 'healthy', null, ''],
      [600, 'slow', 'suspect', 5, ''],
      [605, 'slow', 'degraded', 60, 'incident.opened'],
      [665, 'job_lost', 'degraded', 60, ''],
      [725, 'job_lost', 'down', 60, 'incident.changed'],
      [785, 'slow', 'recovering', 5, ''],
      [790, 'pass', 'healthy', null, 'incident.closed'],
    ]);

    expect(only(told, 'incident.changed')).toMatchObject({
      from: 'degraded',
      to: 'down',
      incident: { id: `${ID}!1`, worst: 'down', cause: 'job_lost', firstFailureAt: NOON + 600 * SECOND },
    });
    expect(only(told, 'incident.closed').incident.worst).toBe('down');
  });

  it('and failure in turn are no alibi for each other', () => {
    const life = follow([
      [0, 'pass', 'healthy', null, ''],
      [600, 'slow', 'suspect', 5, ''],
      [605, 'unavailable', 'suspect', 5, ''],
      [610, 'slow', 'degraded', 60, 'incident.opened'],
    ]);

    expect(life.told).toHaveLength(1);
  });
});

describe('a provider that flaps', () => {
  /** One outage of ten seconds; gives back how many passes it took to end it. */
  const passesToEnd = (life: ReturnType<typeof newLife>, at: number): number => {
    life.run(at, 'unavailable');
    life.run(at + 5 * SECOND, 'unavailable');
    for (let n = 1; n < 20; n++) {
      if (life.run(at + 5 * SECOND + n * SECOND, 'pass').length > 0) return n;
    }
    return 20;
  };

  it('must show 2, then 4, then 6 passes within an hour, and never more than 6', () => {
    const life = lifeIn('healthy');
    const needed = [0, 10, 20, 30].map((minute) => passesToEnd(life, NOON + minute * MINUTE));

    expect(needed).toEqual([2, 4, 6, 6]);
  });

  it('is trusted again after a calm hour', () => {
    const life = lifeIn('healthy');

    expect(passesToEnd(life, NOON)).toBe(2);
    expect(passesToEnd(life, NOON + HOUR - MINUTE)).toBe(4);
    expect(passesToEnd(life, NOON + 3 * HOUR)).toBe(2);
  });

  it('says while it recovers how far it has come', () => {
    const life = lifeIn('down');
    life.run(NOON, 'pass');

    expect(life.state.reason).toEqual({
      code: 'recovering',
      text: 'good video; 1 of 2 passes that end the incident',
    });
  });
});

describe('what is inconclusive', () => {
  it.each(['healthy', 'suspect', 'degraded', 'down', 'recovering', 'retired'] as const)(
    'changes nothing of %s but the last run and the next look',
    (health) => {
      const life = lifeIn(health);
      const before = life.state;
      const told = life.run(NOON, 'rate_limited', null);

      const { version, lastRun, probe, unsure, ...rest } = life.state;
      expect(rest).toEqual(Object.fromEntries(Object.entries(before).filter(([key]) => key in rest)));
      expect(version).toBe(before.version + 1);
      expect(lastRun).toEqual({ id: `${ID}@${NOON}`, at: NOON, verdict: 'inconclusive', totalMs: null });
      expect(probe === null).toBe(before.probe === null);
      expect(unsure).toBe(1);
      expect(told).toEqual([]);
    },
  );

  it('makes a target blind when it comes three times in a row, and is told once', () => {
    const life = lifeIn('healthy');

    const told = [0, 1, 2, 3].map((n) =>
      life.run(NOON + n * HOUR, 'rate_limited', null).map(({ type }) => type),
    );

    expect(told).toEqual([[], [], ['blind.began'], []]);
    expect(life.state).toMatchObject({
      health: 'healthy',
      blind: { cause: 'rate_limited', since: NOON + 2 * HOUR },
    });
  });

  it('is forgotten with the next run that says something', () => {
    const life = lifeIn('healthy');
    for (const said of ['moderated', 'moderated', 'pass', 'moderated', 'moderated'] as const)
      life.run(NOON, said);

    expect(life.state.blind).toBeNull();
  });

  it('does not count restarts of our own', () => {
    const life = lifeIn('healthy');
    for (let n = 0; n < 5; n++) life.run(NOON + n * HOUR, 'interrupted', null);

    expect(life.state.blind).toBeNull();
  });
});

it('follows another policy as it follows the default one', () => {
  const policy = { ...DEFAULT_POLICY, failuresToDown: 3, passesToHealthy: 1, confirmAfterMs: 20 * SECOND };

  const life = follow(
    [
      [0, 'unavailable', 'suspect', 20, ''],
      [20, 'unavailable', 'suspect', 20, ''],
      [40, 'unavailable', 'down', 60, 'incident.opened'],
      [100, 'pass', 'healthy', null, 'incident.closed'],
    ],
    newLife(policy),
  );

  expect(life.told).toHaveLength(2);
});

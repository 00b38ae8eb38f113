/** Outages as people live through them, line by line. The numbers are those of the default policy. */

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Line } from './life.ts';
import { ID, NOON, follow, job, lifeIn, newLife, only, wellLife } from './life.ts';

const TO_DOWN: Line[] = [
  [0, 'unavailable', 'suspect', ''],
  [60, 'unavailable', 'suspect', ''],
  [120, 'overloaded', 'down', 'incident.opened'],
];

describe('an outage', () => {
  it('is suspected at the first failure, told once there is no other explanation, and from the first failure on', () => {
    const { told } = follow(TO_DOWN);

    const { health, incident } = only(told, 'incident.opened');
    expect(health).toBe('down');
    expect(incident).toMatchObject({
      id: `${ID}!1`,
      firstFailureAt: NOON,
      detectedAt: NOON + 2 * MINUTE,
      worst: 'down',
      cause: 'overloaded',
      evidence: [{ cause: 'overloaded' }, { cause: 'unavailable' }, { cause: 'unavailable' }],
    });
    expect(incident.why[1]).toBe('3 of 3 canaries bad since 12:00 UTC (heard overloaded)');
  });

  it('is told once, however long it is, and over when good videos have lasted', () => {
    const life = follow([
      ...TO_DOWN,
      [180, 'timeout', 'down', ''],
      [4200, 'timeout', 'down', ''],
      [18600, 'timeout', 'down', ''],
      [19200, 'pass', 'recovering', ''],
      [19260, 'pass', 'recovering', ''],
      [19499, 'pass', 'recovering', ''],
      [19500, 'pass', 'healthy', 'incident.closed'],
    ]);

    expect(life.state).toMatchObject({ incident: null, evidence: [], trust: 1, reason: { code: 'ok' } });
    expect(life.state.belief).toMatchObject({ alert: null, troubleSince: null, badGenerations: 0 });
  });

  it('lasted until it was believed to be over, not until it was told', () => {
    const life = follow([
      ...TO_DOWN,
      [900, 'pass', 'recovering', ''],
      [960, 'pass', 'recovering', ''],
      [1800, 'pass', 'healthy', 'incident.closed'],
    ]);

    expect(only(life.told, 'incident.closed')).toMatchObject({
      to: 'healthy',
      durationMs: 15 * MINUTE,
      incident: { id: `${ID}!1`, worst: 'down' },
    });
  });

  it('goes on when it comes back before its end was certain, and is not told again', () => {
    const life = follow([
      ...TO_DOWN,
      [900, 'pass', 'recovering', ''],
      // One failure is none yet: it is not over, and neither has it come back.
      [960, 'unavailable', 'recovering', ''],
      [1020, 'unavailable', 'down', ''],
      [1080, 'pass', 'recovering', ''],
      [1140, 'pass', 'recovering', ''],
      [1800, 'pass', 'recovering', ''],
      [2400, 'pass', 'recovering', ''],
      [2700, 'pass', 'healthy', 'incident.closed'],
    ]);

    expect(life.told).toHaveLength(2);
  });

  it('is not over because nothing is heard of it', () => {
    const life = follow(TO_DOWN);
    for (let hour = 1; hour < 48; hour++) life.look(NOON + hour * HOUR);

    expect(life.state).toMatchObject({ health: 'down', incident: { id: `${ID}!1` } });
    expect(life.told).toHaveLength(1);
  });

  it('begins with the failed check that made us look', () => {
    const { told } = follow([
      [0, 'check unavailable', 'suspect', ''],
      [60, 'unavailable', 'suspect', ''],
      [120, 'unavailable', 'down', 'incident.opened'],
    ]);

    const { incident } = only(told, 'incident.opened');
    expect(incident.firstFailureAt).toBe(NOON);
    expect(incident.evidence.map(({ runId }) => runId === null)).toEqual([false, false, true]);
  });

  it('is found by jobs that do not end, before any run has', () => {
    const life = wellLife();
    const submittedAt = [0, 1, 2].map((n) => NOON + n * SECOND);
    const shown = [40, 90, 120, 180].map((atS) => {
      life.look(NOON + atS * SECOND, submittedAt.map(job));
      return life.state.health;
    });

    expect(shown[0]).toBe('healthy');
    expect(shown.at(-1)).toBe('down');
    expect(life.state.fault).toBeGreaterThan(0.9);
    const { incident } = only(life.told, 'incident.opened');
    expect(incident).toMatchObject({ cause: 'timeout', evidence: [] });
    expect(incident.why.join('; ')).toMatch(/3 jobs overdue, up to x\d/);
  });

  it('is not found by jobs that do not end where nobody knows how long one takes', () => {
    const life = newLife();
    life.run(NOON, 'unavailable');
    life.look(NOON + HOUR, [job(NOON), job(NOON), job(NOON)]);

    expect(life.told).toEqual([]);
  });

  it('that one overdue job speaks of is a suspicion, and over with the job', () => {
    const life = wellLife();
    life.look(NOON + 5 * MINUTE, [job(NOON)]);
    const suspected = life.state;
    life.run(NOON + 5 * MINUTE, 'pass');

    expect(suspected).toMatchObject({ health: 'suspect', reason: { code: 'timeout' } });
    expect(life.state.health).toBe('healthy');
    expect(life.told).toEqual([]);
  });
});

describe('slowness', () => {
  const SLOW: Line[] = [
    [0, 'slow', 'healthy', ''],
    [60, 'slow', 'healthy', ''],
    [120, 'slow', 'suspect', ''],
    [180, 'slow', 'suspect', ''],
    [240, 'slow', 'degraded', 'incident.opened'],
  ];

  it('is believed after some slow videos, and ends with usual ones', () => {
    const { told } = follow([
      ...SLOW,
      [300, 'slow', 'degraded', ''],
      [360, 'pass', 'recovering', ''],
      [420, 'slow', 'degraded', ''],
      [480, 'pass', 'recovering', ''],
      [540, 'pass', 'recovering', ''],
      [1000, 'pass', 'healthy', 'incident.closed'],
    ]);

    const opened = only(told, 'incident.opened');
    expect(opened).toMatchObject({ health: 'degraded', incident: { cause: 'slow', firstFailureAt: NOON } });
    expect(opened.incident.why[1]).toBe('5 of 5 canaries slow since 12:00 UTC (took 90 s, usually 30 s)');
    expect(only(told, 'incident.closed')).toMatchObject({
      // The first usual video after the last slow one.
      durationMs: 8 * MINUTE,
      incident: { worst: 'degraded' },
    });
  });

  it('that turns into an outage changes the incident it is, and counts from the first slow video', () => {
    const lost = [5, 6, 7, 8, 9, 10, 11].map((n) => NOON + n * MINUTE);
    const life = follow(SLOW);
    for (const at of lost) life.run(at, 'job_lost');
    for (let n = 12; n < 30; n++) life.run(NOON + n * MINUTE, 'pass');

    expect(life.told.map(({ type }) => type)).toEqual([
      'incident.opened',
      'incident.changed',
      'incident.closed',
    ]);
    expect(only(life.told, 'incident.changed')).toMatchObject({
      from: 'degraded',
      to: 'down',
      incident: { id: `${ID}!1`, worst: 'down', cause: 'job_lost', firstFailureAt: NOON },
    });
    expect(only(life.told, 'incident.closed').incident.worst).toBe('down');
  });
});

describe('what is inconclusive', () => {
  it.each(['healthy', 'suspect', 'degraded', 'down', 'recovering'] as const)(
    'changes nothing of %s but the last run and the next look',
    (health) => {
      const life = lifeIn(health);
      const before = life.state;
      const told = life.run(NOON, 'rate_limited', null);

      const { version, lastRun, unsure, belief, fault, reason, incident, trust, ...rest } = life.state;
      expect(rest).toEqual(Object.fromEntries(Object.entries(before).filter(([key]) => key in rest)));
      expect(version).toBe(before.version + 1);
      expect(lastRun).toEqual({ id: `${ID}@${NOON}`, at: NOON, verdict: 'inconclusive', totalMs: null });
      expect([incident?.id, reason.code]).toEqual([before.incident?.id, before.reason.code]);
      expect(Math.abs(trust - before.trust)).toBeLessThan(0.1);
      expect(belief?.okAt).toBe(before.belief?.okAt);
      expect(Math.abs((fault ?? 0) - (before.fault ?? 0))).toBeLessThan(0.02);
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
    const said = ['rate_limited', 'rate_limited', 'pass', 'rate_limited', 'rate_limited'] as const;
    said.forEach((one, n) => life.run(NOON + n * MINUTE, one));

    expect(life.state.blind).toBeNull();
  });

  it('does not count restarts of our own', () => {
    const life = lifeIn('healthy');
    for (let n = 0; n < 5; n++) life.run(NOON + n * HOUR, 'interrupted', null);

    expect(life.state.blind).toBeNull();
  });
});

it('follows another policy as it follows the default one', () => {
  const { detection } = DEFAULT_POLICY;
  const judgement = { ...detection.judgement, alertAt: 0.5, signsMin: 1 };
  const policy = { ...DEFAULT_POLICY, settleMs: 0, detection: { ...detection, judgement } };

  const life = follow(
    [
      [0, 'unavailable', 'suspect', ''],
      [60, 'unavailable', 'down', 'incident.opened'],
      [120, 'pass', 'healthy', 'incident.closed'],
    ],
    wellLife(policy),
  );

  expect(life.told).toHaveLength(2);
});

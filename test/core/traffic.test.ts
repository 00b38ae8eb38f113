import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { nextProbe } from '../../src/core/demand.ts';
import { decide } from '../../src/core/judgement.ts';
import { medianMs } from '../../src/core/belief.ts';
import type { Cause, UserReport } from '../../src/core/model.ts';
import { CAUSES } from '../../src/core/model.ts';
import { meaningOf } from '../../src/core/outcomes.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { gapNow } from '../../src/core/traffic.ts';
import { faultIn, type Life, NOON, USUAL_MS, wellLife } from './life.ts';
import { jobOf, live, type User } from './town.ts';
import { PLENTY } from './observations.ts';

const many = (count: number, more: Partial<User> = {}): User[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `user ${n}`,
    jobsPerMinute: 0.5,
    fails: () => 0.04,
    ...more,
  }));
/** The same, told of by two routers. */
const shared = (count: number, more: Partial<User> = {}): User[] =>
  many(count, more).map((user, n) => ({ ...user, sender: n % 2 === 0 ? 'east' : 'west' }));
const liars = (count: number, jobsPerMinute = 1.5): User[] =>
  Array.from({ length: count }, (_, n) => ({ name: `liar ${n}`, jobsPerMinute, fails: () => 1 }));

const from = (sender: string, report: UserReport): UserReport => ({ ...report, sender });
const good = (at: number, reporter = 'ann', tookMs = USUAL_MS): UserReport => ({
  at,
  submittedAt: at - tookMs,
  reporter,
  is: 'ok',
  tookMs,
});
const bad = (at: number, reporter = 'ann', cause: Cause = 'unavailable'): UserReport => ({
  at,
  submittedAt: at - SECOND,
  reporter,
  is: 'fail',
  cause,
});
const hear = (life: Life, at: number, reports: UserReport[], more: { good?: number; bad?: number } = {}) =>
  life.heard({
    at,
    reports,
    good: reports.filter(({ is }) => is === 'ok').length,
    bad: reports.filter(({ is }) => is !== 'ok').length,
    spanMs: MINUTE,
    ...more,
  });

describe("users' jobs as evidence", () => {
  it('keep a target well known while they go well, and as often as they do', () => {
    const life = wellLife();
    live(life, { users: many(20), from: NOON, until: NOON + HOUR });

    expect(life.state.health).toBe('healthy');
    expect(faultIn(life)).toBeLessThan(0.001);
    // Ten jobs a minute, told of once a minute.
    expect(life.state.belief?.reportGapMs).toBeGreaterThan(3 * SECOND);
    expect(life.state.belief?.reportGapMs).toBeLessThan(12 * SECOND);
    expect(life.state.version - wellLife().state.version).toBeLessThanOrEqual(60);
  });

  it('of two routers tell of an outage before any canary does', () => {
    const life = wellLife();
    const fails = (at: number) => (at > NOON + 10 * MINUTE ? 0.97 : 0.04);
    live(life, { users: shared(50, { fails, cause: 'overloaded' }), from: NOON, until: NOON + 25 * MINUTE });

    const [opened] = life.told;
    expect(opened?.type).toBe('incident.opened');
    expect(life.state.health).toBe('down');
    expect(life.state.incident).toMatchObject({ worst: 'down', cause: 'overloaded' });
    expect(life.state.incident?.why.join('; ')).toMatch(
      /\d+ of \d+ users' jobs bad since 12:\d\d UTC \(overloaded\)/,
    );
    expect(life.state.incident?.evidence).toMatchObject([{ by: 'users', runId: null, cause: 'overloaded' }]);
  });

  it('of two routers tell of a part that fails, and of its end', () => {
    const life = wellLife();
    const fails = (at: number) => (at > NOON + 30 * MINUTE && at < NOON + 90 * MINUTE ? 0.4 : 0.04);
    live(life, { users: shared(50, { fails }), from: NOON, until: NOON + 2 * HOUR });

    expect(life.told.map(({ type }) => type)).toEqual(['incident.opened', 'incident.closed']);
    expect(life.told[0]).toMatchObject({ health: 'degraded' });
  });

  it.each([1, 2, 3])(
    'of one reporter alone, all failing, open no incident however long (seed %i)',
    (seed) => {
      const life = wellLife();
      let worst = 0;
      const each = () => {
        worst = Math.max(worst, life.state.fault ?? 0);
      };
      live(life, { users: liars(1, 10), from: NOON, until: NOON + 6 * HOUR, seed, each });

      expect(life.told).toEqual([]);
      // Enough to be suspected, and so for a canary that shows what is true.
      expect(worst).toBeGreaterThan(0.03);
      expect(worst).toBeLessThan(0.3);
    },
  );

  it('of one reporter alone ask for a look of our own every half hour, and no oftener', () => {
    const life = wellLife();
    const asked = new Set<number>();
    const each = () => {
      const at = life.state.belief?.oddAt ?? null;
      if (at !== null) asked.add(at);
    };
    live(life, { users: liars(1, 10), from: NOON, until: NOON + 2 * HOUR, each });

    expect(asked.size).toBe(4);
  });

  it.each([
    ['one liar among twenty honest users', [...liars(1, 2.4), ...many(20)]],
    ['a ring of five among twenty', [...liars(5), ...many(20)]],
    ['a hundred liars among a thousand', [...liars(100, 0.5), ...many(1_000)]],
  ])('contradict lies: %s open no incident', (_, users) => {
    const life = wellLife();
    live(life, { users, from: NOON, until: NOON + HOUR });

    expect(life.told).toEqual([]);
  });

  it('are believed where many of two routers tell the same and nobody anything else', () => {
    const life = wellLife();
    const at = NOON;
    const names = ['ann', 'bob', 'cem', 'dan', 'eve', 'fay'];
    const faults = names.map((name, n) => {
      hear(life, at + n * 5 * SECOND, [from(n % 2 === 0 ? 'east' : 'west', bad(at + n * 5 * SECOND, name))]);
      return faultIn(life);
    });

    expect(faults).toEqual(faults.toSorted((a, b) => a - b));
    // Fewer than three reporters never suffice.
    expect(faults[1]).toBeLessThan(0.95);
    const users = shared(100, { fails: () => 1 });
    live(life, { users, from: at + MINUTE, until: at + 10 * MINUTE });
    expect(life.told[0]?.type).toBe('incident.opened');
  });

  it('of a router that names nobody weigh as its failures do in the mean', () => {
    const life = wellLife();
    const router = [{ name: 'router', jobsPerMinute: 600, fails: () => 0.04 }];
    live(life, { users: router, from: NOON, until: NOON + 6 * HOUR });

    expect(life.told).toEqual([]);
    expect(faultIn(life)).toBeLessThan(0.05);
  });

  it('that succeed cannot hide failures of the same reporter for long', () => {
    const life = wellLife();
    hear(life, NOON, [bad(NOON)]);
    const before = faultIn(life);
    hear(life, NOON + 5 * SECOND, [good(NOON + 5 * SECOND)]);
    const once = faultIn(life);
    hear(life, NOON + 10 * SECOND, [good(NOON + 10 * SECOND)]);

    expect(once).toBeLessThan(before);
    expect(faultIn(life)).toBeCloseTo(once, 4);
    hear(life, NOON + 15 * SECOND, [good(NOON + 15 * SECOND, 'bob')]);
    expect(faultIn(life)).toBeLessThan(once * 0.9);
  });

  it('have a usual length of their own, and leave that of canaries alone', () => {
    const life = wellLife();
    const usual = life.state.belief?.latency;
    live(life, { users: many(20, { tookMs: 10 * USUAL_MS }), from: NOON, until: NOON + HOUR });

    expect(life.state.belief?.latency).toEqual(usual);
    expect(Math.exp(life.state.belief?.usersLatency?.logMs ?? 0)).toBeGreaterThan(8 * USUAL_MS);
    expect(life.state.health).toBe('healthy');
    life.run(NOON + HOUR + MINUTE, 'pass');
    expect(life.state.belief === null ? 0 : medianMs(life.state.belief)).toBeCloseTo(USUAL_MS, -3);
  });

  it('that are late are signs too, one of each reporter', () => {
    const life = wellLife();
    live(life, { users: many(20), from: NOON, until: NOON + HOUR });
    const at = NOON + HOUR + MINUTE;
    const before = life.state.belief?.badGenerations ?? 0;
    for (let n = 0; n < 50; n++) hear(life, at + n * 5 * SECOND, [good(at + n * 5 * SECOND, 'eve', HOUR)]);
    expect(life.state.belief?.badGenerations).toBe(before + 1);
    expect(life.told).toEqual([]);

    for (let n = 0; n < 8; n++)
      hear(life, at + 5 * MINUTE + n * SECOND, [
        from(n % 2 === 0 ? 'east' : 'west', good(at + 5 * MINUTE, `u${n}`, HOUR)),
      ]);
    expect(life.told[0]).toMatchObject({ type: 'incident.opened', incident: { worst: 'degraded' } });
    expect(life.state.incident?.why.join('; ')).toMatch(/users' jobs (slow|bad)/);
  });

  it('that ended before the trouble began say nothing about it', () => {
    const life = wellLife();
    life.run(NOON, 'unavailable');
    const before = faultIn(life);
    hear(life, NOON + SECOND, [good(NOON - MINUTE, 'ann'), good(NOON - MINUTE, 'bob')]);

    expect(faultIn(life)).toBeCloseTo(before, 3);
  });

  it('do not push what we saw ourselves out of the signs', () => {
    const life = wellLife();
    live(life, { users: many(10, { fails: () => 0.9 }), from: NOON, until: NOON + HOUR });
    life.run(NOON + HOUR, 'unavailable');
    live(life, { users: many(10, { fails: () => 0.9 }), from: NOON + HOUR, until: NOON + 2 * HOUR });

    const kinds = life.state.signs.map(({ seen }) => seen.kind);
    expect(kinds.slice(0, 4)).toContain('canary');
    expect(kinds.filter((kind) => kind === 'report').length).toBeLessThanOrEqual(6);
    expect(life.state.evidence.filter(({ by }) => by === 'users')).toHaveLength(1);
    for (const { factor } of life.state.signs) expect(Number.isFinite(factor)).toBe(true);
  });

  it('told twice count once', () => {
    const life = wellLife();
    hear(life, NOON, [bad(NOON)]);
    const { state } = life;
    hear(life, NOON, [bad(NOON)]);

    expect(life.state).toBe(state);
  });

  it('about a key ask for a look of our own, once an hour, and say nothing of the provider', () => {
    const life = wellLife();
    const key: UserReport = { at: NOON, submittedAt: NOON, reporter: 'ann', is: 'auth', cause: 'auth' };
    hear(life, NOON, [key], { good: 0, bad: 0 });
    expect([life.state.belief?.oddAt, life.state.health]).toEqual([NOON, 'healthy']);
    hear(life, NOON + 10 * MINUTE, [{ ...key, at: NOON + 10 * MINUTE }], { good: 0, bad: 0 });
    expect(life.state.belief?.oddAt).toBe(NOON);
    hear(life, NOON + HOUR, [{ ...key, at: NOON + HOUR }], { good: 0, bad: 0 });
    expect(life.state.belief?.oddAt).toBe(NOON + HOUR);
  });
});

describe('traffic', () => {
  it('spares canaries while it flows, and no longer once it has stopped', () => {
    const life = wellLife();
    live(life, { users: many(20), from: NOON, until: NOON + HOUR });
    const { belief } = life.state;
    if (belief === null) throw new Error('nothing is believed');

    expect(gapNow(belief, NOON + HOUR + MINUTE)).toBe(belief.reportGapMs);
    expect(gapNow(belief, NOON + 3 * HOUR)).toBe(NOON + 3 * HOUR - (belief.reportedAt ?? 0));
  });

  it('shows life, so that a routine canary is due later than without it', () => {
    const dueAfter = (life: Life): number => {
      const at = NOON + HOUR;
      const judgement = decide(life.state.belief!, [], at, DEFAULT_POLICY.detection);
      const situation = {
        judgement,
        flying: [],
        hazard: 1,
        staleMs: HOUR,
        at,
        affordable: () => 10,
        lookBudget: () => PLENTY,
      };
      const { count, lookAt } = nextProbe(situation, DEFAULT_POLICY.detection);
      return count > 0 ? 0 : (lookAt ?? Infinity) - at;
    };
    const [quiet, busy] = [wellLife(), wellLife()];
    live(busy, { users: many(20), from: NOON, until: NOON + HOUR });

    expect(dueAfter(quiet)).toBe(0);
    expect(dueAfter(busy)).toBeGreaterThan(5 * MINUTE);
  });
});

describe('what an outcome means', () => {
  it.each([
    ['ok', null, 'ok'],
    ['failed', null, 'fail'],
    ['timeout', null, 'fail'],
    ['refused', null, 'refused'],
    ['bad_output', null, 'bad_output'],
    ['failed', 'moderated', 'refused'],
    ['refused', 'rate_limited', null],
    ['refused', 'no_credit', 'quota'],
    ['failed', 'auth', 'auth'],
    ['failed', 'retired', 'gone'],
    ['failed', 'bad_request', null],
    ['failed', 'unreachable', null],
  ] as const)('%s with %s is %s', (outcome, cause, meaning) => {
    expect(meaningOf(jobOf({ outcome, cause }))).toBe(meaning);
  });

  it('is known for every cause', () => {
    for (const cause of CAUSES) expect(meaningOf({ outcome: 'failed', cause })).not.toBeUndefined();
  });
});

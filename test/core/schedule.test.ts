import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { TargetState } from '../../src/core/model.ts';
import { HEALTHS } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Agenda, Present, Schedule } from '../../src/core/schedule.ts';
import { agendaOf, freeCheckPaceMs, runIdOf, slotAt } from '../../src/core/schedule.ts';
import type { Said } from './life.ts';
import { ID, NOON, job, lifeIn, newLife, wellLife } from './life.ts';
import { stateIn } from './routes.ts';
import { PLENTY } from './observations.ts';

const EVERY = 10 * MINUTE;
const SLOT = slotAt(ID, EVERY, NOON);

const anyTarget = fc.string({ minLength: 1, maxLength: 40 });
const anyEvery = fc.integer({ min: SECOND, max: 24 * HOUR });
const anyTime = fc.integer({ min: 0, max: NOON * 2 });

describe('a slot', () => {
  it('is the newest one at or before now', () => {
    fc.assert(
      fc.property(anyTarget, anyEvery, anyTime, (target, everyMs, now) => {
        const slot = slotAt(target, everyMs, now);

        expect(slot).toBeLessThanOrEqual(now);
        expect(slot).toBeGreaterThan(now - everyMs);
        expect(Number.isInteger(slot)).toBe(true);
      }),
    );
  });

  it('never goes back', () => {
    fc.assert(
      fc.property(anyTarget, anyEvery, anyTime, fc.nat(48 * HOUR), (target, everyMs, now, laterMs) => {
        expect(slotAt(target, everyMs, now + laterMs)).toBeGreaterThanOrEqual(slotAt(target, everyMs, now));
      }),
    );
  });

  it('comes once in every interval: the next begins exactly one interval after it', () => {
    fc.assert(
      fc.property(anyTarget, anyEvery, anyTime, (target, everyMs, now) => {
        const slot = slotAt(target, everyMs, now);

        expect(slotAt(target, everyMs, slot)).toBe(slot);
        expect(slotAt(target, everyMs, slot + everyMs - 1)).toBe(slot);
        expect(slotAt(target, everyMs, slot + everyMs)).toBe(slot + everyMs);
      }),
    );
  });

  it('is spread: of a hundred targets about ten begin in each tenth of the interval', () => {
    const perTenth = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 100; n++) {
      perTenth[Math.floor((slotAt(`acme/model-${n}`, HOUR, NOON) % HOUR) / (HOUR / 10))]! += 1;
    }

    expect(Math.min(...perTenth)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...perTenth)).toBeLessThanOrEqual(18);
  });

  it('names its run', () => {
    expect(runIdOf('kling/kling-3.0@eu', NOON)).toBe(`kling/kling-3.0@eu@${NOON}`);
  });
});

const { detection } = DEFAULT_POLICY;
const AUTO: Schedule = { auto: true };
const EVEN: Schedule = { everyMs: EVERY };
const CRON: Schedule = { cron: '0 * * * *' };

/** What a target asks for; nothing is in flight, money is there, and proof of life may grow an hour old. */
function ask(state: TargetState, at: number, schedule: Schedule, change: Partial<Present> = {}): Agenda {
  const present = { at, state, schedule, flying: [], running: [], staleMs: HOUR, isQuiet: false };
  return agendaOf({ ...present, affordable: () => 10, lookBudget: () => PLENTY, ...change }, detection);
}

const asked = ({ count, why }: Agenda) => (count === 0 ? '' : `${count} ${why}`);
const ran = (at: number) => ({ lastRun: { id: 'r', at, verdict: 'pass' as const, totalMs: 1 } });
const poor = { affordable: () => 0 };
const quiet = { isQuiet: true };
const flying = { flying: [NOON - SECOND] };

describe('a target on its way back', () => {
  const healthy = stateIn(ID, 'healthy', ran(NOON - MINUTE));
  const blind = { cause: 'auth', since: 0, text: '', by: 'run' } as const;

  it.each<[string, TargetState, Partial<Present>, string]>([
    ['whose step has lasted', healthy, { rampDueAt: NOON }, '1 recover'],
    ['whose step lasts on', healthy, { rampDueAt: NOON + 1 }, ''],
    ['that nothing is held back from', healthy, { rampDueAt: null }, ''],
    [
      'of which the last canary said nothing',
      { ...healthy, ...ran(NOON - SECOND), unsure: 1 },
      { rampDueAt: NOON },
      '',
    ],
    ['that is being looked at', healthy, { rampDueAt: NOON, ...flying }, ''],
    ['that is blind', { ...healthy, blind }, { rampDueAt: NOON }, ''],
    ['that nobody can pay for', healthy, { rampDueAt: NOON, ...poor }, ''],
  ])('%s', (_what, state, present, expected) => {
    expect(asked(ask(state, NOON, CRON, present))).toBe(expected);
  });

  it('is looked at again no later than its step ends', () => {
    expect(ask(healthy, NOON, CRON, { rampDueAt: NOON + 5 * SECOND }).lookAt).toBe(NOON + 5 * SECOND);
  });
});

describe('an even schedule', () => {
  it.each<[string, Partial<TargetState>, Partial<Present>, string]>([
    ['a target that never ran', {}, {}, '1 slot'],
    ['one whose last run ended before its slot', ran(SLOT - 1), {}, '1 slot'],
    ['one whose last run ended in its slot', ran(SLOT), {}, ''],
    ['one that has a canary in flight', ran(SLOT - 1), flying, ''],
    ['one in a quiet time', ran(SLOT - 1), quiet, ''],
    ['one that nobody can pay for', ran(SLOT - 1), poor, ''],
    [
      'one that is blind',
      { ...ran(SLOT - 1), blind: { cause: 'auth', since: 0, text: '', by: 'run' } },
      {},
      '1 slot',
    ],
  ])('asks for %s', (_what, change, present, expected) => {
    expect(asked(ask(stateIn(ID, 'healthy', change), NOON, EVEN, present))).toBe(expected);
  });

  it('is served once: a run that ends after its slot began leaves nothing due until the next', () => {
    fc.assert(
      fc.property(anyEvery, anyTime, fc.nat(), (everyMs, now, lateMs) => {
        const schedule = { everyMs };
        const due = ask(stateIn(ID, 'healthy'), now, schedule);
        const slot = slotAt(ID, everyMs, now);
        const after = stateIn(ID, 'healthy', ran(slot + (lateMs % everyMs)));

        expect(due).toMatchObject({ count: 1, slot, why: 'slot' });
        expect(ask(after, slot + everyMs, schedule)).toMatchObject({ slot: slot + everyMs, why: 'slot' });
      }),
    );
  });

  it('is kept over days: one canary in each slot, whatever looks come between', () => {
    const life = wellLife();
    const slots: number[] = [];
    for (let at = NOON; at < NOON + DAY; at += 77 * SECOND) {
      const agenda = ask(life.state, at, { everyMs: HOUR });
      for (let n = 0; n < agenda.count; n++) {
        slots.push(agenda.slot);
        life.run(at, 'pass');
      }
    }

    expect(slots.length).toBeGreaterThanOrEqual(24);
    expect(new Set(slots).size).toBe(slots.length);
    expect(slots.every((slot) => slot === slotAt(ID, HOUR, slot))).toBe(true);
  });
});

describe('a cron', () => {
  it('calls by itself: nothing routine is ever asked for', () => {
    for (const at of [NOON, NOON + DAY, NOON + 7 * DAY]) {
      expect(ask(stateIn(ID, 'unknown'), at, CRON).count).toBe(0);
      expect(ask(wellLife().state, at, CRON).count).toBe(0);
    }
  });
});

describe('a schedule by budget', () => {
  it('begins with one canary at once', () => {
    expect(ask(stateIn(ID, 'unknown'), NOON, AUTO)).toMatchObject({ count: 1, why: 'slot', slot: NOON });
    expect(ask(stateIn(ID, 'unknown'), NOON, AUTO, flying).count).toBe(0);
    expect(ask(stateIn(ID, 'unknown'), NOON, AUTO, quiet).count).toBe(0);
  });

  it('asks for the next when proof of life has grown as old as it may, by and large', () => {
    const life = wellLife();
    life.run(NOON, 'pass');
    const firstAt = (staleMs: number) => {
      for (let at = NOON; at < NOON + 3 * DAY; at += MINUTE)
        if (ask(life.state, at, AUTO, { staleMs }).count > 0) return at - NOON;
      return Infinity;
    };
    const waits = [30 * MINUTE, HOUR, 3 * HOUR].map(firstAt);

    expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
    expect(waits[1]).toBeGreaterThanOrEqual(HOUR);
    expect(waits[1]).toBeLessThan(2 * HOUR);
  });

  it('waits out quiet times, and the canary that is in flight', () => {
    const { state } = wellLife();
    const late = NOON + 6 * HOUR;

    expect(asked(ask(state, late, AUTO))).toBe('1 slot');
    expect(asked(ask(state, late, AUTO, quiet))).toBe('');
    expect(asked(ask(state, late, AUTO, { flying: [late - SECOND] }))).toBe('');
  });

  it('says when to ask again, and that is never now nor past', () => {
    for (const health of HEALTHS) {
      const { state } = lifeIn(health);
      for (const schedule of [AUTO, EVEN, CRON]) {
        const { lookAt, count } = ask(state, NOON, schedule);
        expect(lookAt ?? Infinity).toBeGreaterThan(NOON);
        expect(health === 'retired' || count > 0 || lookAt !== null).toBe(true);
      }
    }
  });
});

describe('by belief, whatever the schedule', () => {
  it.each([
    ['AUTO', AUTO],
    ['EVEN', EVEN],
    ['CRON', CRON],
  ] as const)('a suspicion is confirmed at once, also in quiet times: %s', (_name, schedule) => {
    const life = wellLife();
    life.run(NOON, 'unavailable');
    const agenda = ask(life.state, NOON + 30 * SECOND, schedule, quiet);

    expect(agenda).toMatchObject({ why: 'confirm', slot: NOON + 30 * SECOND, isUnpaid: false });
    expect(agenda.count).toBeGreaterThanOrEqual(1);
    expect(agenda.count).toBeLessThanOrEqual(detection.demand.burst);
  });

  it('no more canaries confirm in an hour than the policy allows', () => {
    const life = wellLife();
    let started = 0;
    for (let n = 0; n < 118; n++) {
      const at = NOON + n * 30 * SECOND;
      const { count } = ask(life.state, at, CRON);
      for (let k = 0; k < count; k++) life.run(at + k, 'rate_limited', null, { submittedAt: at });
      started += count;
      if (n === 0) life.run(at, 'unavailable');
    }

    expect(started).toBeLessThanOrEqual(detection.demand.burstsPerHourMax);
  });

  it('an outage is looked at in steps of 6 % of its length, between one minute and ten', () => {
    const stepAfter = (lengthMs: number) => {
      const life = lifeIn('down');
      const openedAt = life.state.belief?.alert?.at ?? 0;
      for (let ms = lengthMs % (5 * MINUTE); ms <= lengthMs; ms += 5 * MINUTE)
        life.run(openedAt + ms, 'unavailable');
      for (let s = 1; s < 3600; s++)
        if (ask(life.state, openedAt + lengthMs + s * SECOND, CRON).count > 0) return s;
      return Infinity;
    };

    expect(stepAfter(5 * MINUTE)).toBe(60);
    expect(stepAfter(HOUR)).toBeGreaterThan(215);
    expect(stepAfter(HOUR)).toBeLessThan(235);
    // Certainty fades sooner than ten minutes pass, and then there is hope.
    expect(stepAfter(20 * HOUR)).toBeGreaterThan(300);
    expect(stepAfter(20 * HOUR)).toBeLessThanOrEqual(600);
  });

  it('an outage that looks better is looked at again at once, and no more than two at a time', () => {
    const { state } = lifeIn('recovering');

    expect(asked(ask(state, NOON, CRON))).toBe('1 recover');
    expect(asked(ask(state, NOON, CRON, { flying: [NOON - SECOND] }))).toBe('1 recover');
    expect(asked(ask(state, NOON, CRON, { flying: [NOON - SECOND, NOON - SECOND] }))).toBe('');
  });

  it('jobs that are overdue are reason enough for a look', () => {
    const { state } = wellLife();
    const running = [1, 2, 3].map((n) => job(NOON - 10 * MINUTE - n));

    expect(ask(state, NOON, CRON).count).toBe(0);
    expect(ask(state, NOON, CRON, { running })).toMatchObject({ why: 'recover' });
    expect(ask(state, NOON, CRON, { running }).count).toBeGreaterThan(0);
  });
});

describe('a target that canaries say nothing of', () => {
  /** Minutes after noon at which canaries are asked for; each of them says the same. */
  const tries = (said: Said, change: Partial<Present> = {}) => {
    const life = wellLife();
    life.run(NOON, said);
    const at: number[] = [];
    for (let n = 1; n <= 60; n++) {
      if (ask(life.state, NOON + n * MINUTE, CRON, change).count === 0) continue;
      at.push(n);
      life.run(NOON + n * MINUTE, said);
    }
    return at;
  };

  it.each(['no_access', 'auth', 'no_credit'] as const)(
    'is looked at soon after the first answer about our account, then every ten minutes: %s',
    (said) => {
      expect(tries(said)).toEqual([1, 11, 21, 31, 41, 51]);
    },
  );

  it.each(['bad_request', 'rate_limited', 'unknown_status', 'not_inspected'] as const)(
    'is tried every ten minutes: %s',
    (said) => {
      expect(tries(said)).toEqual([10, 20, 30, 40, 50, 60]);
    },
  );

  it('is not tried in quiet times, without money, or while a canary is in flight', () => {
    expect(tries('rate_limited', quiet)).toEqual([]);
    expect(tries('rate_limited', poor)).toEqual([]);
    expect(tries('rate_limited', { flying: [NOON] })).toEqual([]);
  });
});

describe('money', () => {
  it.each<[string, TargetState, Schedule, number, boolean]>([
    ['a routine slot', stateIn(ID, 'healthy'), EVEN, 0, true],
    ['a suspicion', lifeIn('suspect').state, CRON, 0, true],
    ['an outage', lifeIn('down').state, CRON, 5 * MINUTE, true],
    ['nothing', wellLife().state, CRON, 0, false],
    ['a retired target', lifeIn('retired').state, AUTO, DAY, false],
  ])('that is missing for %s is told as such', (_what, state, schedule, afterMs, isUnpaid) => {
    expect(ask(state, NOON + afterMs, schedule, poor)).toMatchObject({ count: 0, isUnpaid });
  });

  it('that is kept for confirming is not spent on routine, and not told as missing', () => {
    const { state } = wellLife();
    const kept = { affordable: (share: number) => (share <= detection.demand.routineCap ? 0 : 1) };
    const agenda = ask(state, NOON + 90 * MINUTE, AUTO, kept);
    expect(asked(ask(state, NOON + 90 * MINUTE, AUTO))).toBe('1 slot');

    expect(agenda).toMatchObject({ count: 0, isUnpaid: false });
    expect(ask(lifeIn('suspect').state, NOON, AUTO, kept)).toMatchObject({ count: 1, why: 'confirm' });
  });
});

it.each([AUTO, EVEN, CRON])('asks nothing of a retired target: %j', (schedule) => {
  expect(ask(lifeIn('retired').state, NOON + DAY, schedule)).toEqual({
    count: 0,
    why: 'slot',
    slot: NOON + DAY,
    lookAt: null,
    isUnpaid: false,
    money: null,
  });
});

describe('free checks', () => {
  const { demand } = detection;
  const blind = { cause: 'unreachable', since: 0, text: '', by: 'check' } as const;

  it.each<[string, TargetState, number]>([
    ['usually', wellLife().state, demand.freeCheckMs],
    ['before anything is known', newLife().state, demand.freeCheckMs],
    ['under suspicion', lifeIn('suspect').state, demand.freeCheckSuspectMs],
    ['during an outage', lifeIn('down').state, demand.freeCheckDownMs],
    ['while it may be ending', lifeIn('recovering').state, demand.freeCheckDownMs],
    ['while our network is broken', { ...wellLife().state, blind }, demand.freeCheckFrozenMs],
    ['of a retired target', lifeIn('retired').state, demand.freeCheckMs],
  ])('are made at the pace of the policy: %s', (_when, state, paceMs) => {
    expect(freeCheckPaceMs(state, demand)).toBe(paceMs);
  });

  it('are made oftener while they fail, though nothing else is suspected', () => {
    const life = wellLife();
    life.check(NOON, 'unavailable');
    life.run(NOON + SECOND, 'pass');

    expect(life.state.health).toBe('healthy');
    expect(freeCheckPaceMs(life.state, demand)).toBe(demand.freeCheckSuspectMs);
  });
});

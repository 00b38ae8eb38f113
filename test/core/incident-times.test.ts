/** The times and counts of an incident are those of what was seen, not of when it was noticed or sent. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Effect } from '../../src/core/effect.ts';
import { NOON, job, only, wellLife } from './life.ts';
import type { Life } from './life.ts';
import { foldAll, lives, policies } from './sequences.ts';

const opened = (life: Life) => only(life.told, 'incident.opened').incident;
const closed = (life: Life) => only(life.told, 'incident.closed');
const overAt = ({ incident, durationMs }: Extract<Effect, { type: 'incident.closed' }>) =>
  incident.firstFailureAt + durationMs;

/** Canaries that fail, each so long after its order. */
function fails(life: Life, ats: number[], tookMs: number): void {
  for (const at of ats) life.run(at, 'timeout', null, { submittedAt: at - tookMs });
}

describe('an incident began', () => {
  it('with the order of the first canary that failed, not when it was given up', () => {
    const life = wellLife();
    fails(life, [NOON, NOON + MINUTE, NOON + 2 * MINUTE], 31 * SECOND);

    const { firstFailureAt, detectedAt } = opened(life);
    expect(firstFailureAt).toBe(NOON - 31 * SECOND);
    expect(detectedAt - firstFailureAt).toBeGreaterThanOrEqual(31 * SECOND);
  });

  it('with the first of the free checks that failed, when it was begun', () => {
    const life = wellLife();
    for (let n = 0; n < 10; n++) life.check(NOON + n * MINUTE, 'unavailable', 10 * SECOND);

    expect(opened(life).firstFailureAt).toBe(NOON - 10 * SECOND);
  });

  it('with the order of the oldest job that is overdue, where nothing else was seen', () => {
    const life = wellLife();
    const orders = [NOON, NOON + 10 * SECOND, NOON + 20 * SECOND];
    for (let minutes = 1; minutes < 30; minutes++) life.look(NOON + minutes * MINUTE, orders.map(job));

    expect(opened(life).firstFailureAt).toBe(NOON);
  });

  it('no earlier than the order of the newest job that went well', () => {
    const life = wellLife();
    life.run(NOON, 'pass', 30 * SECOND, { submittedAt: NOON - 30 * SECOND });
    fails(life, [NOON + MINUTE], 5 * MINUTE);
    fails(
      life,
      [2, 3, 4, 5, 6].map((minutes) => NOON + minutes * MINUTE),
      20 * SECOND,
    );

    expect(opened(life).firstFailureAt).toBe(NOON + MINUTE);
  });

  it('with the first of the jobs that users have reported as failed', () => {
    const life = wellLife();
    const report = (at: number) => ({
      at,
      submittedAt: at - 2 * MINUTE,
      reporter: `r${at}`,
      is: 'fail' as const,
      cause: 'unavailable' as const,
    });
    const heard = (at: number) => life.heard({ at, reports: [report(at)], good: 0, bad: 1, spanMs: MINUTE });
    heard(NOON);
    heard(NOON + MINUTE);
    fails(life, [NOON + 2 * MINUTE, NOON + 3 * MINUTE], 10 * SECOND);

    expect(opened(life).firstFailureAt).toBe(NOON - 2 * MINUTE);
  });
});

describe('an incident was over', () => {
  const down = () => {
    const life = wellLife();
    for (let minutes = 0; minutes < 3; minutes++)
      life.run(NOON + minutes * MINUTE, 'unavailable', null, { submittedAt: NOON + minutes * MINUTE });
    return life;
  };

  it('with the first good sign after the last bad one, not when that was believed, nor when it was sent', () => {
    const life = down();
    life.run(NOON + 10 * MINUTE, 'pass');
    life.run(NOON + 10.5 * MINUTE, 'unavailable');
    life.run(NOON + 12 * MINUTE, 'pass');
    life.run(NOON + 13 * MINUTE, 'pass');
    life.run(NOON + 20 * MINUTE, 'pass');
    for (let minutes = 25; minutes < 60; minutes += 5) life.run(NOON + minutes * MINUTE, 'pass');

    expect(overAt(closed(life))).toBe(NOON + 12 * MINUTE);
  });

  it('with the last bad sign, where the first good one is not known any more', () => {
    const life = down();
    for (let n = 0; n < 20; n++)
      life.run(NOON + 10 * MINUTE + n * 10 * SECOND, n % 2 ? 'pass' : 'unavailable');
    for (let n = 0; n < 20; n++) life.run(NOON + 20 * MINUTE + n * 10 * SECOND, 'pass');
    life.run(NOON + HOUR, 'pass');

    const over = overAt(closed(life));
    expect(over).toBeGreaterThanOrEqual(NOON + 10 * MINUTE + 180 * SECOND);
    expect(over).toBeLessThanOrEqual(NOON + 20 * MINUTE);
  });
});

describe('the next incident', () => {
  it('says nothing of how long jobs of the one before have been running', () => {
    const life = wellLife();
    const lost = job(NOON);
    for (let minutes = 0; minutes < 3; minutes++) life.run(NOON + minutes * MINUTE, 'unavailable');
    const later = NOON + 2 * HOUR;
    for (let minutes = 10; minutes < 20; minutes++)
      life.run(NOON + minutes * MINUTE, 'pass', 30 * SECOND, {
        submittedAt: NOON + minutes * MINUTE - 30 * SECOND,
      });
    const running = [lost, job(later), job(later + SECOND), job(later + 2 * SECOND)];
    for (let n = 1; n < 60; n++) life.look(later + n * 10 * SECOND, running);

    const [, second] = life.told.filter((effect) => effect.type === 'incident.opened');
    expect(second?.incident.why.join('; ')).toMatch(/overdue, up to x\d\.\d the usual/);
    expect(second?.incident.firstFailureAt).toBe(later);
  });

  it('begins after the one before was over, whatever is seen', () => {
    const property = fc.property(lives(), policies, (sights, policy) => {
      let over = -Infinity;
      return foldAll(sights, policy).every(({ effects, event }) =>
        effects.every((effect) => {
          if (effect.type === 'incident.opened') {
            const { firstFailureAt, detectedAt } = effect.incident;
            return firstFailureAt >= over && firstFailureAt <= detectedAt;
          }
          if (effect.type !== 'incident.closed') return true;
          over = overAt(effect);
          return over <= event.at && effect.durationMs >= 0;
        }),
      );
    });

    expect(fc.defaultReportMessage(fc.check(property))).toBeUndefined();
  });
});

describe('the counts of an incident', () => {
  it('are of all canaries since it began, however few of their signs are kept', () => {
    const life = wellLife();
    for (let n = 0; n < 4; n++) life.run(NOON + n * MINUTE, 'unavailable');
    for (let n = 0; n < 14; n++) life.sibling(NOON + 4 * MINUTE + n * SECOND, 'fail');
    life.run(NOON + 5 * MINUTE, 'unavailable');

    expect(life.state.incident?.why.join('; ')).toContain(
      '5 of 5 canaries bad since 12:00 UTC (heard unavailable)',
    );
    expect(life.state.incident?.why.join('; ')).not.toContain('of the last');
  });

  it('do not call fine what is bad, where the bad signs are not kept any more', () => {
    const life = wellLife();
    for (let n = 0; n < 4; n++) life.run(NOON + n * MINUTE, 'unavailable');
    for (let n = 0; n < 14; n++) life.sibling(NOON + 4 * MINUTE + n * SECOND, 'fail');

    expect(life.state.incident?.why.join('; ')).toContain('4 of 4 canaries bad since 12:00 UTC');
  });

  it('begin anew with the next trouble', () => {
    const life = wellLife();
    for (let n = 0; n < 4; n++) life.run(NOON + n * MINUTE, 'unavailable');
    for (let n = 10; n < 30; n++) life.run(NOON + n * MINUTE, 'pass');
    for (let n = 0; n < 3; n++) life.run(NOON + 2 * HOUR + n * MINUTE, 'unavailable');

    expect(life.state.incident?.why.join('; ')).toContain('3 of 3 canaries bad since 14:00 UTC');
  });
});

describe('an incident that was opened as down', () => {
  const overdue = () => {
    const life = wellLife();
    const orders = [NOON, NOON + 10 * SECOND, NOON + 20 * SECOND];
    for (let n = 1; n < 30; n++) life.look(NOON + n * 30 * SECOND, orders.map(job));
    expect(opened(life)).toMatchObject({ worst: 'down', cause: 'timeout' });
    return life;
  };
  const slowly = (life: Life, count: number) => {
    for (let n = 0; n < count; n++) {
      const at = NOON + 16 * MINUTE + n * MINUTE;
      life.run(at, 'slow', 15 * MINUTE, { submittedAt: at - 15 * MINUTE });
    }
  };

  it('because jobs were overdue is corrected, once, where the videos turn out to come late', () => {
    const life = overdue();
    slowly(life, 6);

    const changed = only(life.told, 'incident.changed');
    expect(changed).toMatchObject({ from: 'down', to: 'degraded' });
    expect(changed.incident).toMatchObject({ worst: 'degraded', cause: 'slow' });
    expect(life.state).toMatchObject({ health: 'degraded', incident: { worst: 'degraded', cause: 'slow' } });
  });

  it('stays down where canaries have failed', () => {
    const life = wellLife();
    for (let n = 0; n < 4; n++) life.run(NOON + n * MINUTE, 'unavailable');
    slowly(life, 6);

    expect(life.told.filter(({ type }) => type === 'incident.changed')).toEqual([]);
  });

  it('and corrected is told as down again where it gets worse', () => {
    const life = overdue();
    slowly(life, 6);
    for (let n = 0; n < 8; n++) life.run(NOON + 30 * MINUTE + n * MINUTE, 'unavailable');

    const changes = life.told.filter((effect) => effect.type === 'incident.changed');
    expect(changes.map(({ from, to }) => [from, to])).toEqual([
      ['down', 'degraded'],
      ['degraded', 'down'],
    ]);
  });
});

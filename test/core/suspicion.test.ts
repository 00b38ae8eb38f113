/** What is doubted before anything is said aloud: how doubt comes, spreads to siblings, and goes. */

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { BLAME } from '../../src/core/classify.ts';
import { CAUSES } from '../../src/core/model.ts';
import { forSiblings } from '../../src/core/seeing.ts';
import type { Said } from './life.ts';
import { ID, NOON, faultIn, follow, lifeIn, newLife, only, usualOf, verdictFrom, wellLife } from './life.ts';

describe('a suspicion', () => {
  it('is gone with the next good video, and nobody hears of it', () => {
    const life = follow([
      [0, 'unavailable', 'suspect', ''],
      [60, 'pass', 'healthy', ''],
      [3660, 'pass', 'healthy', ''],
      [7260, 'unavailable', 'suspect', ''],
    ]);

    expect(life.state.belief?.troubleSince).toBe(NOON + 7260 * SECOND);
  });

  it('stays while it cannot be checked', () => {
    const life = follow([
      [0, 'unavailable', 'suspect', ''],
      [60, 'rate_limited', 'suspect', ''],
      [120, 'interrupted', 'suspect', ''],
      [180, 'unavailable', 'suspect', ''],
      [240, 'unavailable', 'down', 'incident.opened'],
    ]);

    expect(only(life.told, 'incident.opened').incident.firstFailureAt).toBe(NOON);
  });

  it('fades by itself where nothing follows', () => {
    const life = follow([[0, 'unavailable', 'suspect', '']]);
    life.look(NOON + 2 * HOUR);

    expect(life.state).toMatchObject({ health: 'healthy', evidence: [], trust: 1 });
  });

  it.each(CAUSES.filter((cause) => BLAME[cause] !== 'us'))(
    'is all that one failed canary ever leads to: %s',
    (cause) => {
      for (let seed = 0; seed < 40; seed++) {
        const life = newLife();
        const at = NOON + seed * 4 * HOUR;
        for (let n = 30; n > 0; n--) life.run(at - n * (seed + 1) * MINUTE, 'pass');
        life.run(at, cause);
        for (let n = 1; n < 60; n++) life.look(at + n * MINUTE);

        expect(life.told).toEqual([]);
      }
    },
  );

  it('that began right before sight was lost is taken back', () => {
    const life = wellLife();
    const before = faultIn(life);
    life.run(NOON, 'unavailable');
    life.check(NOON + 15 * SECOND, 'unavailable');
    expect(life.state.health).toBe('suspect');
    life.sightLost(NOON + 30 * SECOND);

    expect(life.state).toMatchObject({ health: 'healthy', trust: 1, evidence: [] });
    expect(faultIn(life)).toBeLessThan(before + 0.005);
  });

  it('that is older than that, or an incident already, is not', () => {
    const old = wellLife();
    for (let n = 0; n < 2; n++) old.run(NOON + n * MINUTE, 'unavailable');
    old.sightLost(NOON + 6 * MINUTE);
    const open = lifeIn('down');
    open.sightLost(NOON);

    expect(old.state.health).toBe('suspect');
    expect(open.state).toMatchObject({ health: 'down', incident: { id: `${ID}!1` } });
    expect(open.told).toHaveLength(1);
  });
});

describe('what a sibling shows', () => {
  /** What the run of another model of the provider tells, as an event for this one. */
  const told = (said: Said, endedIn: 'submit' | 'later') => {
    const life = wellLife();
    const verdict = verdictFrom(said, life.state.passesEver);
    const run = { at: NOON, runId: 'acme/two@1', totalMs: usualOf(said), endedIn, verdict };
    return forSiblings({ type: 'run.judged', ...run }, life.state.belief);
  };

  it.each<[Said, 'submit' | 'later', 'ok' | 'fail' | null]>([
    ['pass', 'later', 'ok'],
    ['slow', 'later', 'ok'],
    ['unavailable', 'submit', 'fail'],
    ['overloaded', 'submit', 'fail'],
    ['unavailable', 'later', null],
    ['timeout', 'later', null],
    ['job_lost', 'later', null],
    ['bad_output', 'later', null],
    ['retired', 'submit', null],
    ['model_missing', 'submit', null],
    ['moderated', 'submit', null],
    ['rate_limited', 'submit', null],
    ['auth', 'submit', null],
    ['unreachable', 'submit', null],
  ])('is of its API only: %s, ended in %s, says %s', (said, endedIn, is) => {
    expect(told(said, endedIn)).toEqual(
      is === null ? null : { type: 'sibling.seen', at: NOON, by: 'acme/two@1', is },
    );
  });

  it('says nothing before anything is believed of it', () => {
    const verdict = verdictFrom('pass', 0);
    const run = { type: 'run.judged', at: NOON, runId: 'acme/two@1', totalMs: 1, verdict } as const;

    expect(forSiblings(run, null)).toBeNull();
  });

  it('raises doubt, less than a failure of its own, and never opens an incident by itself', () => {
    const own = wellLife();
    own.run(NOON, 'unavailable', null, { endedIn: 'submit' });
    const life = wellLife();
    const before = faultIn(life);
    life.sibling(NOON, 'fail');

    expect(faultIn(life)).toBeGreaterThan(2 * before);
    expect(faultIn(life)).toBeLessThan(faultIn(own));
    for (let n = 1; n < 30; n++) life.sibling(NOON + n * MINUTE, 'fail');
    expect(life.told).toEqual([]);
  });

  it('makes the first failure of its own weigh more', () => {
    const alone = wellLife();
    alone.run(NOON + MINUTE, 'unavailable');
    const warned = wellLife();
    warned.sibling(NOON, 'fail');
    warned.run(NOON + MINUTE, 'unavailable');

    expect(faultIn(warned)).toBeGreaterThan(1.5 * faultIn(alone));
    expect(warned.state.trust).toBeLessThanOrEqual(alone.state.trust);
  });

  it('that goes well takes doubt of the API back, and is no news where there is none', () => {
    const life = lifeIn('suspect');
    const before = faultIn(life);
    life.sibling(NOON, 'ok');
    const calm = wellLife();
    const { state } = calm;
    calm.sibling(NOON, 'ok');

    expect(faultIn(life)).toBeLessThan(before);
    expect(calm.state).toBe(state);
  });

  it('does not bring a retired target back to mind', () => {
    const life = lifeIn('retired');
    const { state } = life;
    life.sibling(NOON, 'fail');

    expect(life.state).toBe(state);
  });
});

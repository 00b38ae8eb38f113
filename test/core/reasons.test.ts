/** Why a target is shown as it is: a code for programs, a line for people. */

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import type { Health } from '../../src/core/model.ts';
import { HEALTHS } from '../../src/core/model.ts';
import { NOON, job, lifeIn, newLife, wellLife } from './life.ts';

describe('the reason', () => {
  it.each<[Health, code: string, text: RegExp]>([
    ['unknown', 'unknown', /^no canary has finished yet$/],
    ['healthy', 'ok', /^good video$/],
    ['suspect', 'unavailable', /^unavailable: heard unavailable; P\(fault\) \d+ %$/],
    [
      'degraded',
      'slow',
      /^slow \d\d\.\d %; 5 of 5 canaries slow since 11:55 UTC \(took 90 s, usually 30 s\); else: fine/,
    ],
    [
      'down',
      'unavailable',
      /^generation down \d\d\.\d %, some fault \d\d\.\d %; 4 of 4 canaries bad since 11:56 UTC \(heard unavailable\); else: API down/,
    ],
    ['recovering', 'recovering', /^good again, not yet for sure; P\(fault\) \d+ %$/],
    ['retired', 'retired', /^heard retired$/],
  ])('of %s is %s, and tells what was seen', (health, code, text) => {
    const { reason } = lifeIn(health).state;

    expect(reason.code).toBe(code);
    expect(reason.text).toMatch(text);
  });

  it('is there for every health, in one line without an end mark', () => {
    for (const health of HEALTHS) {
      const { text } = lifeIn(health).state.reason;

      expect(text).not.toMatch(/\n|\.$/);
      expect(text.length).toBeGreaterThan(5);
    }
  });

  it('of the first sentences of an incident is what is told of it', () => {
    const { incident, reason } = lifeIn('down').state;

    expect(incident?.why.slice(0, 3).join('; ')).toBe(reason.text);
    expect(incident?.why.length).toBeLessThanOrEqual(6);
  });

  it('of a suspicion that faded is that nothing is wrong any more', () => {
    const life = lifeIn('suspect');
    life.look(NOON + 2 * HOUR);

    expect(life.state.reason).toEqual({ code: 'ok', text: 'nothing is wrong any more' });
  });

  it('of a target that never made a video is that, also after a doubt has faded', () => {
    const life = newLife();
    life.run(NOON, 'unavailable');
    expect(life.state.reason.code).toBe('unavailable');
    life.look(NOON + 12 * HOUR);

    expect(life.state).toMatchObject({ health: 'unknown', reason: { code: 'unknown' } });
    expect(life.state.reason.text).toBe('no good video has been made yet');
  });

  it('of jobs that do not end says how many and how long', () => {
    const life = wellLife();
    life.look(NOON, [job(NOON - 5 * MINUTE)]);

    expect(life.state.reason).toMatchObject({ code: 'timeout' });
    expect(life.state.reason.text).toMatch(
      /1 job overdue, up to x10\.\d the usual 30 s; .*P\(fault\) \d+ %$/,
    );
  });

  it('of an end that is not certain says whether the last sign was good', () => {
    const life = lifeIn('down');
    life.run(NOON + 15 * MINUTE, 'pass');
    expect(life.state.reason.text).toMatch(/^good again, waiting whether it lasts; /);
    life.run(NOON + 16 * MINUTE, 'unavailable');

    expect(life.state.health).toBe('recovering');
    expect(life.state.reason.text).toMatch(/^bad again, not yet for sure; /);
  });

  it('of a free check that fails says since when', () => {
    const life = wellLife();
    for (let n = 0; n <= 20; n++) life.check(NOON + n * 15_000, 'overloaded');

    expect(life.state.reason).toMatchObject({ code: 'overloaded' });
    expect(life.state.reason.text).toMatch(/^API down \d\d\.\d %; free check fails since 12:00 UTC/);
  });
});

/** Providers that go up and down are one trouble, told once. */

import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/base.ts';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import type { Life, Said } from './life.ts';
import { NOON, lifeIn, wellLife } from './life.ts';

describe('a provider that flaps', () => {
  it('is one incident, however often it is up for two minutes and down for two', () => {
    const life = wellLife();
    const said: Said[] = ['unavailable', 'unavailable', 'pass', 'pass'];
    for (let n = 0; n < 120; n++) life.run(NOON + n * MINUTE, said[n % 4] ?? 'pass');
    expect(life.told.map(({ type }) => type)).toEqual(['incident.opened']);
    for (let n = 120; n < 200; n++) life.run(NOON + n * MINUTE, 'pass');

    expect(life.told.map(({ type }) => type)).toEqual(['incident.opened', 'incident.closed']);
    expect(life.state.health).toBe('healthy');
  });

  it('is one incident where every second canary fails, two minutes apart', () => {
    const life = wellLife();
    for (let n = 0; n < 120; n++) life.run(NOON + n * 2 * MINUTE, n % 2 === 0 ? 'unavailable' : 'pass');

    expect(life.told.map(({ type }) => type)).toEqual(['incident.opened']);
  });

  it('must be quiet for longer each time, and is trusted again after some hours', () => {
    /** An outage of four minutes, good videos after it; gives back after how many minutes its end was told. */
    const minutesToEnd = (life: Life, at: Instant): number => {
      for (let n = 0; n < 4; n++) life.run(at + n * MINUTE, 'unavailable');
      for (let n = 4; n < 60; n++) {
        const told = life.run(at + n * MINUTE, 'pass');
        if (told.some(({ type }) => type === 'incident.closed')) return n - 3;
      }
      return Infinity;
    };
    const life = wellLife();
    const waits = [0, 60, 120, 180, 240].map((minute) => minutesToEnd(life, NOON + minute * MINUTE));
    for (let n = 6; n < 14; n++) life.run(NOON + n * HOUR, 'pass');

    expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
    expect(waits.at(-1)).toBeGreaterThan(waits[0] ?? 0);
    expect(waits.at(-1)).toBeLessThan(40);
    expect(minutesToEnd(life, NOON + 14 * HOUR)).toBeLessThanOrEqual(waits[1] ?? 0);
  });

  it('says while it recovers how sure that is', () => {
    const life = lifeIn('recovering');
    expect(life.state.reason.code).toBe('recovering');
    expect(life.state.reason.text).toMatch(/^good again, not yet for sure; P\(fault\) \d+ %$/);
    for (let n = 0; n < 4; n++) life.run(NOON + n * MINUTE, 'pass');

    expect(life.state.health).toBe('recovering');
    expect(life.state.reason.text).toMatch(/^good again, waiting whether it lasts; P\(fault\) \d+ %$/);
  });
});

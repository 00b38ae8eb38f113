/** How targets end: by what their provider announced, by the day, by its answer; and how they come back. */

import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/base.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { Health } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Said } from './life.ts';
import { ID, NOON, lifeIn, newLife, noticeFor, only, wellLife } from './life.ts';

const types = (effects: readonly Effect[]) => effects.map(({ type }) => type);

describe('a notice', () => {
  it('is announced once, with the moment at which it was first seen', () => {
    const life = lifeIn('healthy');
    const first = life.notice(NOON);

    expect(only(first, 'notice.announced')).toEqual({
      type: 'notice.announced',
      at: NOON,
      target: ID,
      notice: { ...noticeFor(), firstSeenAt: NOON },
    });
    const { state } = life;
    expect(life.notice(NOON + DAY)).toEqual([]);
    expect(life.state).toBe(state);
  });

  it.each<[string, Instant | null]>([
    ['later', NOON + 60 * DAY],
    ['earlier', NOON + 20 * DAY],
    ['to nowhere in particular', null],
  ])(
    'that is moved %s is told with the date that it had, and keeps the moment of its first sight',
    (_to, moved) => {
      const life = lifeIn('healthy');
      life.notice(NOON);
      const told = life.notice(NOON + DAY, { effectiveAt: moved });

      expect(only(told, 'notice.moved')).toMatchObject({
        from: NOON + 30 * DAY,
        notice: { effectiveAt: moved, firstSeenAt: NOON },
      });
      expect(life.state.health).toBe('healthy');
    },
  );

  it('about another subject is announced for itself', () => {
    const life = lifeIn('healthy');
    life.notice(NOON);

    expect(types(life.notice(NOON + DAY, { id: 'acme:one-api' }))).toEqual(['notice.announced']);
  });

  it('of a retirement that has a date to come does not retire yet', () => {
    const life = lifeIn('healthy');

    expect(types(life.notice(NOON, { kind: 'retired' }))).toEqual(['notice.announced']);
    expect(life.state.health).toBe('healthy');
  });

  it('without a date retires only when it says that the end has been', () => {
    const announced = lifeIn('healthy');
    expect(types(announced.notice(NOON, { effectiveAt: null }))).toEqual(['notice.announced']);

    const retired = lifeIn('healthy');
    expect(types(retired.notice(NOON, { kind: 'retired', effectiveAt: null }))).toEqual(['target.retired']);
    expect(retired.state).toMatchObject({ health: 'retired', since: NOON });
  });
});

describe('an end that is put off', () => {
  it('makes a retired target worth looking at again', () => {
    const life = newLife();
    life.notice(NOON, { effectiveAt: NOON - DAY });
    const told = life.notice(NOON + DAY, { effectiveAt: NOON + 90 * DAY });

    expect(told.map(({ type }) => type)).toEqual(['notice.moved']);
    expect(life.state).toMatchObject({ health: 'unknown', lastRun: null, gone: 0, belief: null });
    life.run(NOON + DAY + HOUR, 'pass');
    expect(life.state).toMatchObject({ health: 'healthy', reason: { code: 'ok' } });
  });
});

describe('retirement', () => {
  it('comes with the announced day, and dates from then', () => {
    const life = lifeIn('healthy');
    life.notice(NOON, { effectiveAt: NOON + DAY });
    expect(life.day(NOON + DAY - 1)).toEqual([]);
    const told = life.day(NOON + DAY + HOUR);

    expect(only(told, 'target.retired')).toMatchObject({
      notice: { effectiveAt: NOON + DAY },
      text: 'one was shut down by its provider; replacement: two',
    });
    expect(life.state).toMatchObject({ health: 'retired', since: NOON + DAY, reason: { code: 'retired' } });
    expect(life.day(NOON + 2 * DAY)).toEqual([]);
  });

  it('says so where no replacement is named', () => {
    const life = newLife();

    expect(only(life.notice(NOON, { effectiveAt: NOON, replacement: null }), 'target.retired').text).toBe(
      'one was shut down by its provider; no replacement named',
    );
  });

  it('is known of a target that is new to us: no money is spent on it', () => {
    const life = newLife();
    const told = life.notice(NOON, { effectiveAt: NOON - 90 * DAY });

    expect(types(told)).toEqual(['target.retired']);
    expect(life.state).toMatchObject({ health: 'retired', since: NOON - 90 * DAY });
  });

  it('by an explicit answer needs it twice in a row and no notice, and tells the one that is known', () => {
    const unannounced = lifeIn('healthy');
    expect(unannounced.run(NOON, 'retired')).toEqual([]);
    expect(only(unannounced.run(NOON + MINUTE, 'retired'), 'target.retired').notice).toBeNull();

    const announced = lifeIn('healthy');
    announced.notice(NOON - MINUTE);
    announced.run(NOON, 'retired');
    expect(only(announced.run(NOON + MINUTE, 'retired'), 'target.retired').notice?.id).toBe('acme:one');
    expect(announced.state).toMatchObject({ since: NOON + MINUTE, gone: 2 });
  });

  it.each<[string, Said, Health]>([
    ['is no longer in a row after a good video', 'pass', 'suspect'],
    ['is no longer in a row after another failure', 'unavailable', 'suspect'],
    ['is still in a row after what says nothing', 'rate_limited', 'retired'],
  ])('by two answers %s', (_what, between, after) => {
    const life = lifeIn('healthy');
    life.run(NOON, 'retired');
    life.run(NOON + MINUTE, between);
    const told = life.run(NOON + 2 * MINUTE, 'retired');

    expect(types(told).includes('target.retired')).toBe(after === 'retired');
    expect(life.state.health === 'retired').toBe(after === 'retired');
  });

  it('takes as many answers as the policy asks for', () => {
    const life = wellLife({ ...DEFAULT_POLICY, goneToRetired: 1 });

    expect(types(life.run(NOON, 'retired'))).toEqual(['target.retired']);
  });

  it('is not to be had from free checks, which see only a list', () => {
    const life = lifeIn('healthy');
    for (let n = 0; n < 20; n++) life.check(NOON + n * MINUTE, 'retired');

    expect(life.state.health).not.toBe('retired');
    expect(types(life.told)).not.toContain('target.retired');
  });

  it('ends an incident, and the end of the incident is told first', () => {
    const life = lifeIn('down');
    life.run(NOON, 'retired');
    const told = life.run(NOON + MINUTE, 'retired');

    expect(types(told)).toEqual(['incident.closed', 'target.retired']);
    expect(only(told, 'incident.closed').to).toBe('retired');
    expect(life.state).toMatchObject({ incident: null, evidence: [], belief: null, trust: 1 });
  });

  it('ends blindness that the answer disproves', () => {
    const life = lifeIn('healthy');
    life.run(NOON - MINUTE, 'retired');
    life.run(NOON, 'rate_limited');
    life.check(NOON, 'no_access');

    expect(types(life.run(NOON + MINUTE, 'retired'))).toEqual(['blind.ended', 'target.retired']);
  });

  it.each(['suspect', 'down'] as const)(
    'by a notice leaves nothing to be believed of what was %s',
    (health) => {
      const life = lifeIn(health);
      life.notice(NOON, { effectiveAt: NOON });

      expect(life.state).toMatchObject({ health: 'retired', belief: null, trust: 1, evidence: [] });
      expect(life.state.reason.code).toBe('retired');
    },
  );

  it('is told once, whatever confirms it', () => {
    const life = lifeIn('retired');

    expect(life.run(NOON, 'retired')).toEqual([]);
    expect(life.run(NOON, 'unavailable')).toEqual([]);
    expect(life.notice(NOON, { kind: 'retired', effectiveAt: NOON - DAY })).toEqual([]);
    expect(life.state.health).toBe('retired');
  });
});

describe('a good video after the end', () => {
  it.each(['pass', 'slow'] as const)('keeps the target when the day comes: %s', (said) => {
    const life = lifeIn('healthy');
    life.notice(NOON, { effectiveAt: NOON + HOUR });
    life.run(NOON + 2 * HOUR, said);

    expect(life.day(NOON + 12 * HOUR)).toEqual([]);
    expect(life.state.health).not.toBe('retired');
  });

  it('from before the announced moment does not', () => {
    const life = lifeIn('healthy');
    life.notice(NOON, { effectiveAt: NOON + HOUR });
    life.run(NOON + HOUR - SECOND, 'pass');

    expect(types(life.day(NOON + 12 * HOUR))).toEqual(['target.retired']);
  });

  it('does not keep it once the provider’s failures have followed', () => {
    const life = lifeIn('healthy');
    life.notice(NOON, { effectiveAt: NOON + HOUR });
    life.run(NOON + 2 * HOUR, 'pass');
    life.run(NOON + 3 * HOUR, 'unavailable');

    expect(types(life.day(NOON + 12 * HOUR))).toEqual(['target.retired']);
  });

  it.each<[string, Instant | null]>([
    ['with a date', NOON],
    ['without one', null],
  ])('from a run in flight does not revive what a notice %s has retired', (_what, effectiveAt) => {
    const life = lifeIn('healthy');
    life.notice(NOON, { kind: 'retired', effectiveAt });
    const { reason } = life.state;

    const submittedAt = NOON - MINUTE;
    expect(life.run(NOON + MINUTE, 'pass', null, { submittedAt })).toEqual([]);
    expect(life.state).toMatchObject({ health: 'retired', belief: null, reason });
  });

  it('outweighs a notice that is read only afterwards: it is told, and nothing is switched off', () => {
    const life = newLife();
    life.run(NOON, 'pass');

    expect(types(life.notice(NOON + MINUTE, { effectiveAt: NOON - DAY }))).toEqual(['notice.announced']);
    expect(life.day(NOON + 2 * MINUTE)).toEqual([]);
    expect(life.state.health).toBe('healthy');
  });
});

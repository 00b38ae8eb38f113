/** What people say: what counts, until when, and what is refused. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import {
  freezesOf,
  frozenOf,
  livingAt,
  nextEndAt,
  NO_HANDS,
  PIN_MS_MAX,
  pinsOf,
  whyNotFreeze,
  whyNotMember,
  whyNotPin,
} from '../../src/core/hands.ts';
import type { Freeze, Hands, RoutePin } from '../../src/core/hands.ts';
import { NOON } from './life.ts';
import { membersOf, routeOf } from './routes.ts';

const ROUTE = routeOf(membersOf('50 healthy, 50 healthy'));
const ROUTES = [ROUTE, { ...ROUTE, id: 'cheap' }];

const pin = (change: Partial<RoutePin> = {}): RoutePin => ({
  route: ROUTE.id,
  target: 'p/0',
  weight: 10,
  until: NOON + HOUR,
  author: 'ada',
  reason: 'a demo',
  ...change,
});
const freeze = (change: Partial<Freeze> = {}): Freeze => ({
  route: null,
  author: 'ada',
  reason: 'migration',
  since: NOON,
  until: null,
  ...change,
});
const saying = (change: Partial<Hands>): Hands => ({ ...NO_HANDS, ...change });

describe('a pin that is asked for', () => {
  it.each<[string, Partial<RoutePin>, string | null]>([
    ['of an hour is taken', {}, null],
    ['of 24 hours is taken', { until: NOON + PIN_MS_MAX }, null],
    ['of a moment more is refused', { until: NOON + PIN_MS_MAX + 1 }, 'too_long'],
    ['that has ended is refused', { until: NOON }, 'ended'],
    ['on a route that is not there is refused', { route: 't3v' }, 'unknown_route'],
    ['on a target of another route is refused', { target: 'p/9' }, 'unknown_target'],
    ['in the name of the policy is refused', { author: 'Policy' }, 'reserved'],
    ['in the name of the file is refused', { author: 'file' }, 'reserved'],
  ])('%s', (_what, change, code) => {
    expect(whyNotPin(pin(change), ROUTES, NOON)?.code ?? null).toBe(code);
  });

  it('is refused in words that say what there is', () => {
    expect(whyNotMember('t3v', 'p/0', ROUTES)?.text).toBe('No such route. There are t2v.default, cheap.');
    expect(whyNotMember('t3v', 'p/0', [])?.text).toBe('No such route. None is configured.');
    expect(whyNotMember('cheap', 'q/1', ROUTES)?.text).toBe(
      'No such target in the route cheap. It has p/0, p/1.',
    );
    expect(whyNotPin(pin({ until: NOON + DAY + 1 }), ROUTES, NOON)?.text).toContain('at most 24 hours');
  });
});

describe('a freeze that is asked for', () => {
  it.each<[string, Partial<Freeze>, string | null]>([
    ['of all routes is taken', {}, null],
    ['of one route until tomorrow is taken', { route: 'cheap', until: NOON + DAY }, null],
    ['that has ended is refused', { until: NOON }, 'ended'],
    ['of more than a year is refused', { until: NOON + 367 * DAY }, 'too_long'],
    ['of a route that is not there is refused', { route: 't3v' }, 'unknown_route'],
    ['in the name of the policy is refused', { author: 'policy' }, 'reserved'],
  ])('%s', (_what, change, code) => {
    expect(whyNotFreeze(freeze(change), ROUTES)?.code ?? null).toBe(code);
  });
});

describe('what was said', () => {
  it('counts until its very end, and not at it', () => {
    const hands = saying({ pins: [pin()], freezes: [freeze({ until: NOON + HOUR })] });

    expect(pinsOf(hands, ROUTE.id, NOON + HOUR - 1)).toHaveLength(1);
    expect(frozenOf(hands, ROUTE.id, NOON + HOUR - 1)).toMatchObject({ by: 'ada', until: NOON + HOUR });
    expect(pinsOf(hands, ROUTE.id, NOON + HOUR)).toEqual([]);
    expect(frozenOf(hands, ROUTE.id, NOON + HOUR)).toBeNull();
  });

  it('of a pin concerns its own route', () => {
    const { route: _, ...plain } = pin();

    expect(pinsOf(saying({ pins: [pin(), pin({ route: 'cheap' })] }), ROUTE.id, NOON)).toEqual([plain]);
  });

  it('of a freeze holds with the one that has lasted longest, and falls back to the next', () => {
    const own = freeze({ route: ROUTE.id, author: 'ben', since: NOON + MINUTE });
    const all = freeze({ until: NOON + HOUR });
    const hands = saying({ freezes: [own, all] });

    expect(freezesOf(hands, ROUTE.id, NOON + MINUTE).map(({ author }) => author)).toEqual(['ada', 'ben']);
    expect(freezesOf(hands, 'cheap', NOON).map(({ author }) => author)).toEqual(['ada']);
    expect(frozenOf(hands, ROUTE.id, NOON + HOUR)).toEqual({
      since: NOON + MINUTE,
      why: 'migration',
      by: 'ben',
    });
    expect(frozenOf(hands, 'cheap', NOON + HOUR)).toBeNull();
  });

  it('ends next where the earliest of all ends', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), fc.array(fc.option(fc.nat(1_000))), (pins, freezes) => {
        const hands = saying({
          pins: pins.map((until) => pin({ until })),
          freezes: freezes.map((until) => freeze({ until })),
        });
        const at = nextEndAt(hands);

        const count = ({ pins, freezes }: Hands) => pins.length + freezes.length;
        const endless = freezes.filter((until) => until === null).length;

        expect(at === null).toBe(count(hands) === endless);
        expect(count(livingAt(hands, (at ?? 9) - 1))).toBe(count(hands));
        expect(at === null || count(livingAt(hands, at)) < count(hands)).toBe(true);
      }),
    );
  });
});

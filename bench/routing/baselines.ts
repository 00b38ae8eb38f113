// What others do: fixed lists and weights, canaries that switch, and cooldowns.

import { draw, type Desk, type MakePolicy } from './policy.ts';
import { MAKERS, type Seconds } from './world.ts';

const BASE = MAKERS.map(({ baseWeight }) => baseWeight);
const CANARY_SEC = 180;

/** An ordered list: all jobs go to the first, the others are for its failures. */
export const failover: MakePolicy = () => ({
  weights: () => [1, 0, 0, 0],
  next: (tried) => MAKERS.findIndex((_, maker) => !tried.includes(maker)),
});

/** Fixed weights; a failure is tried again elsewhere, by weight. */
export const fixed: MakePolicy = () => ({
  weights: () => BASE,
  next: (tried, chance) => draw(BASE, tried, chance),
});

/**
 * A canary every three minutes: one failure takes all weight, one video gives it back.
 * @param hasList whether those without weight are a last resort
 */
export function binary(hasList: boolean): MakePolicy {
  return (desk) => {
    const isUp = MAKERS.map(() => true);
    const weights = () => BASE.map((base, maker) => (isUp[maker] === true ? base : 0));
    wakeEvenly(desk, 0);
    return {
      weights: () => (hasList && !isUp.includes(true) ? BASE : weights()),
      next: (tried, chance) => draw(weights(), tried, chance) ?? (hasList ? draw(BASE, tried, chance) : null),
      onWake: () => {
        MAKERS.forEach((_, maker) => desk.canary(maker));
        wakeEvenly(desk, CANARY_SEC);
      },
      // A full provider says nothing about its health.
      onCanary: ({ maker, is }) => {
        if (is !== 'busy') isUp[maker] = is === 'usable';
      },
    };
  };
}

function wakeEvenly(desk: Desk, sec: Seconds): void {
  desk.wake(desk.now() + sec);
}

const MINUTE_SEC = 60;
/** One failed request alone cools nobody. */
const REQUESTS_MIN = 2;
const FAILS_SHARE = 0.5;

/**
 * LiteLLM's router (router_utils/cooldown_handlers.py, 2026-11): a 429, or more than half of a minute's requests
 * failing, puts a deployment aside for a while; with all aside there is no deployment.
 */
export function cooldown(sec: Seconds): MakePolicy {
  return (desk) => {
    const until = MAKERS.map(() => 0);
    const counts = MAKERS.map(() => ({ minute: -1, all: 0, failed: 0 }));
    const weights = () => BASE.map((base, maker) => (desk.now() < (until[maker] ?? 0) ? 0 : base));
    return {
      weights,
      next: (tried, chance) => draw(weights(), tried, chance),
      onJob: ({ maker, is }) => {
        const count = counts[maker];
        if (count === undefined) return;
        const minute = Math.floor(desk.now() / MINUTE_SEC);
        if (count.minute !== minute) Object.assign(count, { minute, all: 0, failed: 0 });
        count.all++;
        if (is !== 'usable' && is !== 'unusable') count.failed++;
        const isBad = count.all >= REQUESTS_MIN && count.failed / count.all > FAILS_SHARE;
        if (is === 'busy' || isBad) until[maker] = desk.now() + sec;
      },
    };
  };
}

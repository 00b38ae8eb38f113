/** Alert channels and router sinks in memory. What they were told is in the books, whoever lives to know it. */

import type { Effect } from '../../src/core/effect.ts';
import { SECOND } from '../../src/core/base.ts';
import type { RoutePlan } from '../../src/core/route.ts';
import type { AlertChannel, Applied, Delivery, ReadBack, RouterSink } from '../../src/ports/channels.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Draw } from '../../src/simulator/random.ts';
import type { Books } from './books.ts';
import type { Faults } from './faults.ts';
import { OUR_NETWORK } from './faults.ts';
import type { Life } from './life.ts';

/** How often what goes wrong between us and a receiver, as shares of its calls. */
export interface ReceiverChaos {
  tellFails: number;
  /** The receiver will never take this message. */
  tellRefused: number;
  /** The receiver has accepted, and the process dies before it knows. */
  tellKills: number;
  pushFails: number;
  pushKills: number;
}

export interface ReceiverWorld {
  clock: Clock;
  faults: Faults;
  books: Books;
  chaos: () => ReceiverChaos;
}

const HANG_MS = 5 * 60 * SECOND;

export function createChannelDouble(
  name: string,
  world: ReceiverWorld,
  draw: Draw,
  options: { hears?: (effect: Effect) => boolean; gapMs?: number } = {},
): (life: Life) => AlertChannel {
  const { clock, books, chaos } = world;
  return (life) => ({
    gapMs: options.gapMs ?? SECOND,
    hears: options.hears ?? (() => true),
    tell: life.guard(async ({ stories }, key, signal): Promise<Delivery> => {
      const luck = draw();
      const trouble = await reach(world, name, draw, signal);
      if (signal.aborted) return { is: 'retry', afterMs: null, why: 'stopped' };
      if (trouble !== null) return { is: 'retry', afterMs: null, why: trouble };
      if (world.faults.find(name, 'gone') !== undefined)
        return { is: 'refused', why: 'answered 404', scope: 'channel' };
      if (world.faults.find(name, 'limited') !== undefined)
        return { is: 'retry', afterMs: 0, why: 'answered 429', scope: 'channel' };
      const { tellFails, tellRefused, tellKills } = chaos();
      if (luck < tellFails) {
        const kind = draw();
        if (kind < 0.2) return { is: 'retry', afterMs: 30 * SECOND, why: 'answered 429', scope: 'channel' };
        if (kind < 0.4) return { is: 'refused', why: 'answered 403', scope: 'channel' };
        return { is: 'retry', afterMs: null, why: 'answered 503' };
      }
      if (luck < tellFails + tellRefused) return { is: 'refused', why: 'answered 400' };
      if (life.isDead()) return { is: 'retry', afterMs: null, why: 'hung up' };
      books.told({ channel: name, key, stories }, life);
      if (luck > 1 - tellKills) life.kill(`after ${name} accepted at ${clock.now()}`);
      return { is: 'done' };
    }),
  });
}

/** What a router holds: by route, the newest plan that it accepted. */
export type Held = Map<string, RoutePlan>;

export function createSinkDouble(
  name: string,
  world: ReceiverWorld,
  draw: Draw,
  routes: readonly string[] | null,
  options: { isAsked: boolean },
): { held: Held; sinkFor: (life: Life) => RouterSink } {
  const held: Held = new Map();
  const spoilt = new Map<string, RoutePlan>();
  const { books, chaos } = world;
  const push = (life: Life) =>
    life.guard(async (plan: RoutePlan, validUntil: number, signal: AbortSignal): Promise<Applied> => {
      const luck = draw();
      const trouble = await reach(world, name, draw, signal);
      if (signal.aborted) return { is: 'retry', afterMs: null, why: 'stopped' };
      if (trouble !== null) return { is: 'retry', afterMs: null, why: trouble };
      if (luck < chaos().pushFails) return { is: 'retry', afterMs: null, why: 'answered 502' };
      if (life.isDead()) return { is: 'retry', afterMs: null, why: 'hung up' };
      const { epoch, generation } = plan;
      const newest = held.get(plan.route) ?? spoilt.get(plan.route);
      const isOlder =
        newest !== undefined &&
        (epoch < newest.epoch || (epoch === newest.epoch && generation < newest.generation));
      if (isOlder) {
        books.violate(
          `${name} was pushed generation ${generation}, which is older than ${newest.generation}`,
        );
        return { is: 'stale', why: `holds ${newest.generation}` };
      }
      held.set(plan.route, plan);
      spoilt.delete(plan.route);
      books.pushed(name, plan, validUntil);
      if (luck > 1 - chaos().pushKills) life.kill(`after ${name} applied`);
      return { is: 'applied', epoch, generation };
    });
  const readBack = (life: Life) =>
    life.guard(async (plan: RoutePlan, signal: AbortSignal): Promise<ReadBack> => {
      const trouble = await reach(world, name, draw, signal);
      if (trouble !== null) return { is: 'unreachable', why: trouble };
      const own = held.get(plan.route);
      if (own !== undefined && world.faults.find(name, 'meddled') !== undefined) {
        spoilt.set(plan.route, own);
        held.delete(plan.route);
      }
      return spoilt.has(plan.route) ? { is: 'differs', what: ['holds what others wrote'] } : { is: 'same' };
    });
  return {
    held,
    sinkFor: (life) => ({ routes, push: push(life), ...(options.isAsked && { readBack: readBack(life) }) }),
  };
}

async function reach(
  { clock, faults }: ReceiverWorld,
  name: string,
  draw: Draw,
  signal: AbortSignal,
): Promise<string | null> {
  await clock.sleep(100 + Math.floor(draw() * 1_400), signal);
  if (faults.find(OUR_NETWORK, 'refused') !== undefined) return 'no connection';
  if (faults.find(name, 'hang') !== undefined) await clock.sleep(HANG_MS, signal);
  return faults.find(name, 'deaf') === undefined ? null : 'no connection';
}

/** Days written down as timelines: `at('10:00').outage('kling', '40m')`, and what was told when. */

import { expect } from 'vitest';
import type { Instant } from '../../src/core/base.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { subjectOf } from '../../src/core/effect.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { TargetId, TargetState } from '../../src/core/model.ts';
import type { FaultKind } from './faults.ts';
import { createWorld, PEACE, START } from './world.ts';
import type { Chaos, World, WorldOptions } from './world.ts';

export interface Moment {
  /** Nothing works at a provider. */
  outage: (who: string, lasts: string) => void;
  fault: (kind: FaultKind, who: string, lasts: string, more?: { p?: number; factor?: number }) => void;
  /** The process dies, and comes back after a few seconds or after `off`. */
  kill: (off?: string) => void;
  stop: () => void;
  /** The clock of its host is set forward, or back. */
  clockStep: (by: string) => void;
  /** The process stands still for so long: SIGSTOP. */
  pause: (lasts: string) => void;
  /** Its host sleeps for so long. */
  suspend: (lasts: string) => void;
  /** From now on this goes wrong; `{}` for nothing. */
  chaos: (chaos: Partial<Chaos>) => void;
}

export interface Script {
  world: World;
  at: (label: string) => Moment;
  runTo: (label: string) => Promise<void>;
  /** What a channel was told about a target, or `route:…`: each message as the types of its stories. */
  messages: (channel: string, target: TargetId) => { at: Instant; key: string; types: string[] }[];
  /** Asserts that such a story was told exactly once, and when; gives back its effect. */
  expectOnce: <T extends Effect['type']>(
    type: T,
    target: TargetId,
    between: [from: string, to: string],
    channel?: string,
  ) => Extract<Effect, { type: T }>;
  expectNever: (type: Effect['type'], target: TargetId) => void;
  state: (target: TargetId) => Promise<TargetState>;
  /** A target's weight in a route, as the gateway holds it. */
  weight: (route: string, target: TargetId) => number;
  /** How often canaries of a provider were accepted between two moments. */
  orders: (provider: string, from: string, to: string) => number;
}

export async function createScript(
  options: Omit<WorldOptions, 'seed'> & { seed?: number } = {},
): Promise<Script> {
  const world = await createWorld({ seed: 1, ...options });
  const effectsTold = (channel: string) =>
    world.books.tellings
      .filter((telling) => telling.channel === channel)
      .flatMap(({ at, stories }) => stories.map(({ effect }) => ({ at, effect })));

  return {
    world,
    at: (label) => momentOf(world, instantOf(label)),
    runTo: (label) => world.runTo(instantOf(label)),
    messages: (channel, target) =>
      world.books.tellings
        .filter((telling) => telling.channel === channel && subjectOf(telling.stories[0].effect) === target)
        .map(({ at, key, stories }) => ({ at, key, types: stories.map(({ effect }) => effect.type) })),
    expectOnce: (type, target, [from, to], channel = 'slack') => {
      const told = effectsTold(channel).filter(
        ({ effect }) => effect.type === type && subjectOf(effect) === target,
      );
      expect(told.map(({ at }) => labelOf(at))).toHaveLength(1);
      const [only] = told as [(typeof told)[number]];
      expect(labelOf(only.at) >= labelOf(instantOf(from)), `told at ${labelOf(only.at)}`).toBe(true);
      expect(labelOf(only.at) <= labelOf(instantOf(to)), `told at ${labelOf(only.at)}`).toBe(true);
      return only.effect as Extract<Effect, { type: typeof type }>;
    },
    expectNever: (type, target) => {
      const told = effectsTold('slack').filter(
        ({ effect }) => effect.type === type && subjectOf(effect) === target,
      );
      expect(told.map(({ at }) => labelOf(at))).toEqual([]);
    },
    state: async (target) => {
      const found = (await world.store.peek()).states.find(({ id }) => id === target);
      if (found === undefined) throw new Error(`nothing is known about ${target}`);
      return found;
    },
    weight: (route, target) => {
      const plan = world.held.get('gateway')?.get(route);
      return plan?.members.find((member) => member.target === target)?.weight ?? -1;
    },
    orders: (provider, from, to) =>
      world.books.orders.filter(
        (order) => order.provider === provider && order.at >= instantOf(from) && order.at < instantOf(to),
      ).length,
  };
}

function momentOf(world: World, at: Instant): Moment {
  const fault: Moment['fault'] = (kind, who, lasts, more = {}) =>
    world.faults.add({ who, kind, fromAt: at, untilAt: at + spanOf(lasts), ...more });
  return {
    fault,
    outage: (who, lasts) => fault('down', who, lasts),
    kill: (off) =>
      world.time.at(at, () => world.kill('killed', off === undefined ? undefined : at + spanOf(off))),
    stop: () => world.time.at(at, world.stop),
    clockStep: (by) => {
      const ms = by.startsWith('-') ? -spanOf(by.slice(1)) : spanOf(by);
      world.time.at(at, () => world.machine.step(ms));
    },
    pause: (lasts) => world.time.at(at, () => world.machine.pause(spanOf(lasts))),
    suspend: (lasts) => world.time.at(at, () => world.machine.suspend(spanOf(lasts))),
    chaos: (chaos) => world.time.at(at, () => world.setChaos({ ...PEACE, ...chaos })),
  };
}

const UNITS: Record<string, number> = { s: SECOND, m: MINUTE, h: HOUR };

function spanOf(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+)([smh])$/.exec(text) ?? [];
  const unitMs = UNITS[unit];
  if (unitMs === undefined) throw new Error(`no span: ${text}`);
  return Number(amount) * unitMs;
}

/** `10:00`, `10:00:30`, or `day 2 10:00`; the first day is day 1. */
export function instantOf(label: string): Instant {
  const [, day = '1', hours = '', minutes = '', seconds = '0'] =
    /^(?:day (\d+) )?(\d\d):(\d\d)(?::(\d\d))?$/.exec(label) ?? [];
  if (hours === '') throw new Error(`no moment: ${label}`);
  return (
    START +
    (Number(day) - 1) * DAY +
    Number(hours) * HOUR +
    Number(minutes) * MINUTE +
    Number(seconds) * SECOND
  );
}

export function labelOf(at: Instant): string {
  const day = Math.floor((at - START) / DAY) + 1;
  return `day ${day} ${new Date(at).toISOString().slice(11, 19)}`;
}

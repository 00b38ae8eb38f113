/** One life of the daemon: its time, and a guard around its ports, so that a killed process has no further effect. */

import { SECOND } from '../../src/core/base.ts';
import { HttpError } from '../../src/ports/http.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Draw } from '../../src/simulator/random.ts';
import type { Machine, Owner, VirtualTime } from './clock.ts';

export interface Life {
  number: number;
  owner: Owner;
  isDead: () => boolean;
  /** Ends it at once: nothing that it waits for ever comes. */
  kill: (why: string) => void;
  /** It has stopped of its own accord: whatever it still asks for is a fault. */
  rest: () => void;
  /** Passes on what a port answers while the daemon lives to hear it. */
  guard: <A extends unknown[], R>(port: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;
  /** The same for a call over the network: it is cut off where the host sleeps, and times out while the process stands still. */
  call: <A extends unknown[], R>(port: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;
}

/** After so long a call is given up, by a timer of the daemon's own. */
export const CALL_TIMEOUT_MS = 30 * SECOND;

export function createLife(
  number: number,
  { time, machine }: { time: VirtualTime; machine: Machine },
  hear: { died: (why: string) => void; calledAtRest: () => void },
): Life {
  const owner = time.owner(machine);
  let isDead = false;
  let isAtRest = false;
  // Whatever arrives while the process stands still waits until its timers have fired.
  const running = async (): Promise<void> => {
    while (machine.runsAt() > time.now()) {
      const at = machine.runsAt() + 1;
      await new Promise<void>((resolve) => time.at(at, resolve));
    }
  };
  const guard: Life['guard'] =
    (port) =>
    async (...args) => {
      if (isDead) return never();
      if (isAtRest) hear.calledAtRest();
      try {
        const answer = await port(...args);
        await running();
        return isDead ? await never() : answer;
      } catch (error) {
        await running();
        if (isDead) return never();
        throw error;
      }
    };
  return {
    number,
    owner,
    isDead: () => isDead,
    kill: (why) => {
      if (isDead) return;
      isDead = true;
      owner.end();
      hear.died(why);
    },
    rest: () => {
      isAtRest = true;
    },
    guard,
    call: (port) =>
      guard(async (...args) => {
        const [stood, slept] = [machine.stoodMs(), machine.sleptMs()];
        const answer = await port(...args);
        await running();
        if (machine.sleptMs() > slept) throw new HttpError('reset', 'the connection broke');
        if (machine.stoodMs() - stood > CALL_TIMEOUT_MS) throw new HttpError('timeout', 'no answer in time');
        return answer;
      }),
  };
}

export function never(): Promise<never> {
  return new Promise(() => {});
}

/** How often what goes wrong around the store, each as a share of its calls. */
export interface StoreChaos {
  /** The process dies at a call, half of them before and half after it took effect. */
  storeKills: number;
  /** A call fails with a passing error, half of them although it took effect: the answer got lost. */
  storeFails: number;
  /** A call takes a moment, so that other work gets in between. */
  storeSlow: number;
}

const SLOW_MS_MAX = 400;

export interface StoreWatch {
  /** Called with each call that took effect, also where the daemon never hears of it. */
  saw: <K extends keyof Store>(
    method: K,
    args: Parameters<Store[K]>,
    answer: Awaited<ReturnType<Store[K]>>,
  ) => void;
}

/** The store as one life of the daemon sees it. */
export function storeFor(
  life: Life,
  store: Store,
  world: { chaos: () => StoreChaos; draw: Draw; clock: Owner['clock']; watch: StoreWatch },
): Store {
  const signal = new AbortController().signal;
  const wrap = (method: keyof Store, call: (...args: never[]) => Promise<unknown>) =>
    life.guard(async (...args: never[]) => {
      const { storeKills, storeFails, storeSlow } = world.chaos();
      const luck = world.draw();
      if (world.draw() < storeSlow) {
        await world.clock.sleep(luck * SLOW_MS_MAX, signal);
        if (life.isDead()) return never();
      }
      if (luck < storeKills / 2) life.kill(`before ${method}`);
      if (life.isDead()) return never();
      if (luck > 1 - storeFails / 2) throw new StoreError('unavailable', `${method} failed`);
      const answer = await call(...args);
      world.watch.saw(method, args as never, answer as never);
      if (luck > 1 - storeFails) throw new StoreError('unavailable', `the answer to ${method} got lost`);
      if (luck < storeKills) life.kill(`after ${method}`);
      return answer;
    });
  const calls = Object.entries(store).map(([method, call]) => [
    method,
    wrap(method as keyof Store, call as (...args: never[]) => Promise<unknown>),
  ]);
  return Object.fromEntries(calls) as Store;
}

/** After a death the supervisor starts the daemon again this much later. */
export function restartAfterMs(draw: Draw): number {
  return SECOND + Math.floor(draw() * 20 * SECOND);
}

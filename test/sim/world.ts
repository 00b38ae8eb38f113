/** A world for the whole daemon: its time, its store, the providers and receivers around it, and its deaths. */

import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../../src/core/base.ts';
import { SECOND } from '../../src/core/base.ts';
import { createApp } from '../../src/app/app.ts';
import type { App, AppDeps } from '../../src/app/app.ts';
import type { HealthPolicy } from '../../src/core/policy.ts';
import type { RoutingPolicy } from '../../src/core/routing.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Http } from '../../src/ports/http.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Media } from '../../src/ports/media.ts';
import type { Settings } from '../../src/ports/settings.ts';
import type { Store } from '../../src/ports/store.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Observer } from '../../src/ports/view.ts';
import { createStreams } from '../../src/simulator/random.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { createBooks } from './books.ts';
import type { Books } from './books.ts';
import { createVirtualTime } from './clock.ts';
import type { Machine, VirtualTime } from './clock.ts';
import { createFaults, OUR_NETWORK } from './faults.ts';
import type { Faults } from './faults.ts';
import { createLife, restartAfterMs, storeFor } from './life.ts';
import type { Life, StoreChaos } from './life.ts';
import { createProviderDouble, fetchVideo, pauseOn, VIDEO } from './provider.ts';
import type { ProviderWorld } from './provider.ts';
import type { Held, ReceiverChaos } from './receivers.ts';
import { createSettings, priceOf } from './settings.ts';
import type { Doubles } from './settings.ts';

export const START: Instant = Date.parse('2026-12-01T00:00:00Z');
const STOP_MS_MAX = 5 * SECOND;
const TROUBLES_MAX = 30;

export interface Chaos extends StoreChaos, ReceiverChaos {
  /** The process dies right after an order was accepted. */
  orderKills: number;
  /** Orders that fail for no reason. */
  noise: number;
}

export const PEACE: Chaos = {
  storeKills: 0,
  storeFails: 0,
  storeSlow: 0,
  tellFails: 0,
  tellRefused: 0,
  tellKills: 0,
  pushFails: 0,
  pushKills: 0,
  orderKills: 0,
  noise: 0,
};

export interface WorldOptions {
  seed: number;
  /** Where the store lives; memory if absent. */
  file?: string;
  chaos?: Chaos;
  policy?: Partial<HealthPolicy>;
  routing?: Partial<RoutingPolicy>;
  /** The gateway can be asked what it holds. */
  isAsked?: boolean;
  settings?: Partial<Pick<Settings, 'planValidMs' | 'storyExpiresMs' | 'retention' | 'totalBudgetUsd'>>;
}

export interface World {
  time: VirtualTime;
  /** What the daemon runs on. */
  machine: Machine;
  faults: Faults;
  books: Books;
  store: Store;
  notices: ProviderWorld['notices'];
  held: Map<string, Held>;
  settings: () => Settings;
  setChaos: (chaos: Chaos) => void;
  /** Nothing has gone wrong but the faults, and no process has ended. */
  isPeaceful: () => boolean;
  /** Lets the world go on; the daemon starts with the first call. */
  runTo: (until: Instant) => Promise<void>;
  /** Ends the process at once; it comes back after a little while, or not before `backAt`. */
  kill: (why: string, backAt?: Instant) => void;
  /** Asks the process to end; it comes back after a little while. */
  stop: () => void;
  app: () => App | null;
  /** The newest warnings and errors of the log. */
  troubles: () => string[];
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const streams = createStreams(options.seed);
  const time = createVirtualTime(START);
  const { clock } = time.owner();
  const machine = time.machine();
  const faults = createFaults(time.now);
  const store = await openStore(openSqlite(options.file ?? ':memory:'));
  const log = createLog(time.now);
  let chaos = options.chaos ?? PEACE;
  let isPeaceful = isDeepStrictEqual(chaos, PEACE);
  let bornAt = START;
  let settings: Settings | null = null;
  let current: { life: Life; app: App | null; isStopping: boolean } | null = null;
  let offUntil = START;

  const books = createBooks({
    now: time.now,
    wall: () => time.now() + machine.offsetMs(),
    isStopped: () => machine.runsAt() > time.now(),
    bornAt: () => bornAt,
    settings: () => shown(),
  });
  const providerWorld: ProviderWorld = {
    clock,
    faults,
    books,
    jobs: new Map(),
    files: new Map(),
    notices: [],
    priceOf: (_, model) => priceOf(model),
    diesAfterOrder: () => streams('order kills')() < chaos.orderKills,
    noise: () => chaos.noise,
  };
  const doubles: Doubles = {
    provider: (name) => createProviderDouble(name, providerWorld, streams(name)),
    receivers: { clock, faults, books, chaos: () => chaos },
    streams,
  };
  const { settingsFor, held } = createSettings(doubles, options);
  const shown = () => {
    if (settings === null) throw new Error('nobody has started yet');
    return settings;
  };

  const depsFor = (life: Life): AppDeps => ({
    settings: settingsFor(life),
    store: storeFor(life, store, { chaos: () => chaos, draw: streams('store'), clock, watch: books }),
    clock: life.owner.clock,
    cron: life.owner.cron,
    http: httpFor(life, providerWorld, streams('assets')),
    media: mediaFor(life, providerWorld),
    scratch: {
      pathFor: (runId) => `/scratch/${runId}`,
      save: () => Promise.resolve(),
      remove: (file) => Promise.resolve(void providerWorld.files.delete(file)),
    },
    log: log.log,
    observe: (view) => {
      bornAt = view.startedAt;
      return SILENT;
    },
    fatal: (error) => {
      // A stopping daemon does not wait for a store that is away.
      if (current?.isStopping !== true || !(error instanceof StoreError))
        books.violate(`fatal: ${error instanceof Error ? error.stack : String(error)}`);
      life.kill('fatal');
    },
  });

  const bringUp = () => {
    const life = createLife(
      (current?.life.number ?? 0) + 1,
      { time, machine },
      {
        calledAtRest: () => books.violate('a daemon that had stopped asked for something'),
        died: (why) => {
          books.counts.deaths += why === 'stopped' ? 0 : 1;
          providerWorld.files.clear();
          time.at(Math.max(time.now() + restartAfterMs(streams('restarts')), offUntil), bringUp);
        },
      },
    );
    const daemon = { life, app: null as App | null, isStopping: false };
    current = daemon;
    const deps = depsFor(life);
    settings = deps.settings;
    createApp(deps)
      .then((app) => {
        daemon.app = app;
        return app.start();
      })
      .catch((error: unknown) => {
        if (!(error instanceof StoreError)) books.violate(`cannot start: ${String(error)}`);
        life.kill('could not start');
      });
  };

  const stop = () => {
    const daemon = current;
    if (daemon === null || daemon.app === null || daemon.isStopping || daemon.life.isDead()) return;
    const { life, app } = daemon;
    daemon.isStopping = true;
    books.counts.stops += 1;
    const standingMs = () => machine.stoodMs() + machine.sleptMs();
    const stoodBeforeMs = standingMs();
    const overdueAt = time.now() + STOP_MS_MAX + SECOND;
    // The time in which its process stands still does not count.
    const expectEnd = () => {
      const dueAt = overdueAt + standingMs() - stoodBeforeMs;
      if (dueAt > time.now()) return time.at(dueAt, expectEnd);
      if (!life.isDead()) books.violate(`a stop takes longer than ${STOP_MS_MAX / SECOND} s`);
      life.kill('would not stop');
    };
    time.at(overdueAt, expectEnd);
    void app.stop().then(() => {
      if (life.isDead()) return;
      life.rest();
      time.at(time.now() + SECOND, () => {
        if (life.isDead()) return;
        const left = `${life.owner.waiting()} sleepers and ${life.owner.listening()} listeners`;
        if (left !== '0 sleepers and 0 listeners') books.violate(`after a stop there are ${left} left`);
        life.kill('stopped');
      });
    });
  };

  return {
    time,
    machine,
    faults,
    books,
    store,
    held,
    stop,
    troubles: log.troubles,
    notices: providerWorld.notices,
    settings: shown,
    isPeaceful: () => isPeaceful && books.counts.deaths + books.counts.stops === 0,
    setChaos: (given) => {
      chaos = given;
      isPeaceful &&= isDeepStrictEqual(given, PEACE);
    },
    runTo: (until) => {
      if (current === null) bringUp();
      return time.advanceTo(until);
    },
    kill: (why, backAt) => {
      offUntil = backAt ?? time.now();
      current?.life.kill(why);
    },
    app: () => (current?.life.isDead() === false ? current.app : null),
  };
}

function httpFor(life: Life, world: ProviderWorld, draw: () => number): Http {
  const get = async (_path: string, _shape: unknown, signal: AbortSignal) => {
    await pauseOn(world.clock, 80, signal);
    if (world.faults.find(OUR_NETWORK, 'refused') !== undefined)
      throw new HttpError('connect', 'our line is cut');
    return { status: 204, headers: {}, body: null as never };
  };
  return {
    at: () => ({ get: life.call(get), send: never, download: never }),
    download: life.call((url, limits, signal) => fetchVideo(world, draw, url, limits.file, signal)),
  };
}

function never(): never {
  throw new Error('nobody calls this');
}

function mediaFor(life: Life, world: ProviderWorld): Media {
  return {
    inspect: life.guard(async (file, signal) => {
      await world.clock.sleep(400, signal);
      const job = world.files.get(file);
      if (job === undefined) return { is: 'gave_up', why: 'there is no such file' };
      if (job.video === 'not a video') return { is: 'unreadable', why: 'no moov atom' };
      const facts = {
        ...VIDEO,
        ...(job.video === 'black' ? { blackRatio: 1, colours: {} } : {}),
        ...(job.video === 'short' ? { durationMs: 500 } : {}),
      };
      return { is: 'video', facts, frameJpegBase64: null };
    }),
  };
}

function createLog(now: () => Instant): { log: Log; troubles: () => string[] } {
  const kept: [at: Instant, level: string, message: string, fields: unknown][] = [];
  const keep = (level: string) => (fields: Record<string, unknown>, message: string) => {
    kept.push([now(), level, message, fields]);
    if (kept.length > TROUBLES_MAX) kept.shift();
  };
  const quiet = () => {};
  return {
    log: { debug: quiet, info: quiet, warn: keep('warn'), error: keep('error') },
    troubles: () => kept.map(([at, ...rest]) => `${new Date(at).toISOString()} ${JSON.stringify(rest)}`),
  };
}

const SILENT: Observer = {
  runStarted: () => {},
  runSkipped: () => {},
  runEnded: () => {},
  checked: () => {},
  committed: () => {},
  told: () => {},
  reported: () => {},
  delivered: () => {},
  pushed: () => {},
  drifted: () => {},
};

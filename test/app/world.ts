/** What the parts of the app are given in tests: virtual time, a real store in memory, and ears. */

import type { AppDeps } from '../../src/app/app.ts';
import { createNetwork } from '../../src/app/network.ts';
import type { Network } from '../../src/app/network.ts';
import { createBoard } from '../../src/app/board.ts';
import type { Board } from '../../src/app/board.ts';
import { createClockWatch } from '../../src/app/clock-watch.ts';
import type { ClockWatch } from '../../src/app/clock-watch.ts';
import { createPersist } from '../../src/app/persist.ts';
import type { Persist } from '../../src/app/persist.ts';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { DAY, MINUTE, SECOND } from '../../src/core/base.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Fields, Log } from '../../src/ports/log.ts';
import type { Provider } from '../../src/ports/provider.ts';
import type { Settings } from '../../src/ports/settings.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Signer } from '../../src/ports/signer.ts';
import type { Tcp } from '../../src/ports/tcp.ts';
import type { Observer } from '../../src/ports/view.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { createVirtualTime } from '../sim/clock.ts';
import type { Machine, Owner, VirtualTime } from '../sim/clock.ts';

export const START = Date.parse('2026-12-01T00:00:00Z');
export const TARGET = 'acme/one';

export interface Parts {
  time: VirtualTime;
  owner: Owner;
  /** What it runs on. */
  machine: Machine;
  clock: Owner['clock'];
  store: Store;
  board: Board;
  clockWatch: ClockWatch;
  settings: Settings;
  persist: Persist;
  log: Log;
  observer: Observer;
  /** Names of what was observed, in order. */
  observed: string[];
  /** How often the channels were rung for. */
  rings: number;
  ringChannels: () => void;
  /** Messages of what was logged, in order. */
  logged: string[];
  stop: AbortController;
  cut: AbortController;
  /** Lets virtual time go on. */
  goOn: (ms: number) => Promise<void>;
}

export async function createParts(more: Partial<Settings> = {}): Promise<Parts> {
  const time = createVirtualTime(START);
  const machine = time.machine();
  const owner = time.owner(machine);
  const { clock } = owner;
  const clockWatch = createClockWatch(clock);
  const store = await openStore(openSqlite(':memory:'));
  const settings: Settings = { ...aSettings(), ...more };
  const logged: string[] = [];
  const observed: string[] = [];
  const hear = (_: Fields, message: string) => void logged.push(message);
  const log: Log = { debug: () => {}, info: hear, warn: hear, error: hear };
  const [stop, cut] = [new AbortController(), new AbortController()];
  const parts: Parts = {
    time,
    owner,
    machine,
    clock,
    store,
    settings,
    log,
    logged,
    observed,
    stop,
    cut,
    observer: anObserver(observed),
    board: createBoard(await store.open(), settings, clock.now(), clockWatch),
    clockWatch,
    persist: createPersist({ clock, log, signal: stop.signal, stalled: () => {} }),
    goOn: (ms) => time.advanceTo(time.now() + ms),
    rings: 0,
    ringChannels: () => {
      parts.rings += 1;
    },
  };
  return parts;
}

function anObserver(observed: string[]): Observer {
  return {
    runStarted: ({ why }) => observed.push(`started ${why}`),
    runSkipped: ({ why }) => observed.push(`skipped ${why}`),
    runEnded: ({ verdict }) => observed.push(`ended ${verdict.is}`),
    checked: ({ verdict }) => observed.push(`checked ${verdict.is}`),
    committed: ({ event }) => observed.push(`committed ${event.type}`),
    told: (effects) => observed.push(...effects.map(({ type }) => type)),
    reported: ({ taken, refused }) => {
      for (const { outcome, count } of taken) observed.push(`reported ${count} ${outcome}`);
      for (const { code, count } of refused) observed.push(`refused ${count} ${code}`);
    },
    delivered: ({ channel, outcome }) => observed.push(`${channel} ${outcome}`),
    pushed: ({ sink, outcome }) => observed.push(`${sink} ${outcome}`),
    drifted: ({ sink }) => observed.push(`${sink} drifted`),
  };
}

/** A provider that answers everything well and at once; each test overrides what it is about. */
export function aProvider(more: Partial<Provider> = {}): Provider {
  return {
    pollEveryMs: 10 * SECOND,
    deadlineMs: 10 * MINUTE,
    cancel: null,
    plan: (_, model) => ({
      model,
      request: {},
      facts: { seconds: 4, width: 1280, height: 720, aspect: '16:9', costUsd: 0.5, notes: [] },
    }),
    submit: (_, key) => Promise.resolve({ job: { key }, jobId: 'job-1', costUsd: null }),
    poll: () => Promise.resolve({ is: 'done', asset: { at: 'own', path: '/v.mp4' }, costUsd: null }),
    download: (_, { file }) =>
      Promise.resolve({ file, bytes: 10, contentType: 'video/mp4', tookMs: 100, finishedAt: 0 }),
    check: () => Promise.resolve({ text: 'fine', balanceUsd: null, notices: [], isListed: true }),
    explain: (error) => ({ code: null, message: error.message, cause: null }),
    causeOfJobCode: (code) => (code === 'nsfw' ? 'moderated' : null),
    knownNotice: () => null,
    ...more,
  };
}

export function aSettings(provider: Provider = aProvider()): Settings {
  return {
    controller: 'test',
    configHash: 'sha256:test',
    publicUrl: 'https://reelwatch.invalid',
    targets: [
      {
        target: { id: TARGET, provider: 'acme', model: 'one', region: null },
        provider,
        canary: DEFAULT_CANARY,
        schedule: { everyMs: 10 * MINUTE },
        priceUsd: 0.5,
        canariesPerDay: 144,
        checkEveryMs: 5 * MINUTE,
        links: { dashboard: null, runbook: null },
      },
    ],
    limits: { acme: { budgetUsd: 100, plannedUsdPerDay: 2, concurrencyMax: 2 } },
    totalBudgetUsd: 100,
    concurrencyMax: 4,
    routes: [],
    channels: [],
    sinks: [],
    listeners: [],
    policy: DEFAULT_POLICY,
    retention: { ageMs: DAY, runsPerTargetMax: 100, framesPerTargetMax: 1, auditAgeMs: 400 * DAY },
    download: { bytesMax: 1_000, timeMsMax: MINUTE, redirectsMax: 3, privateAddresses: false },
    controlUrls: [],
    planValidMs: 15 * MINUTE,
    storyExpiresMs: DAY,
    tickCron: '0 * * * * *',
    quietCron: null,
  };
}

/** A network without control addresses. */
export function aNetwork({ clock, settings }: Pick<Parts, 'clock' | 'settings'>): Network {
  return createNetwork({
    http: NO_HTTP,
    clock,
    controlUrls: [],
    providers: settings.targets.length,
    policy: settings.policy.detection.ourselves,
  });
}

/** Doors that must not be used. */
export const NO_HTTP: AppDeps['http'] = {
  at: () => {
    throw new Error('no network here');
  },
  download: () => Promise.reject(new Error('no network here')),
};

export const NO_SIGNER: Signer = {
  sign: () => {
    throw new Error('nothing is signed here');
  },
  publicKeys: [],
};

export const NO_TCP: Tcp = {
  ask: () => Promise.reject(new Error('no network here')),
  answer: () => Promise.reject(new Error('no network here')),
};

/** The whole app on virtual time, over a store in memory: what it was charged, and what it told one channel. */

import type { AppDeps } from '../../src/app/app.ts';
import { createApp } from '../../src/app/app.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { TargetId, TargetState } from '../../src/core/model.ts';
import type { Instant } from '../../src/core/base.ts';
import { invariant, MINUTE } from '../../src/core/base.ts';
import type { VideoFacts } from '../../src/core/trace.ts';
import type { Http } from '../../src/ports/http.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Media } from '../../src/ports/media.ts';
import type { Provider } from '../../src/ports/provider.ts';
import type { Settings, TargetSetting } from '../../src/ports/settings.ts';
import { aProvider, aSettings, createParts, NO_HTTP } from './world.ts';
import type { Parts } from './world.ts';

export interface Daemon {
  parts: Parts;
  told: { at: Instant; effect: Effect }[];
  types: () => Effect['type'][];
  state: (target: TargetId) => TargetState;
  /** Stops it, and starts another on the same store. */
  restart: () => Promise<void>;
}

export const GOOD_VIDEO: VideoFacts = {
  bytes: 400_000,
  codec: 'h264',
  width: 1280,
  height: 720,
  durationMs: 4_000,
  framesDecoded: 96,
  isTruncated: false,
  blackRatio: 0,
  frozenRatio: 0.1,
  hasAudio: false,
  colours: { white: 0.6, red: 0.05 },
};

/** Starts it. `settings` as given, with a channel that takes everything. */
export async function startDaemon(
  settings: Partial<Settings>,
  doors: { http?: Http; facts?: (now: Instant) => VideoFacts } = {},
): Promise<Daemon> {
  const told: Daemon['told'] = [];
  const parts = await createParts({
    ...settings,
    channels: [
      {
        id: 'pager',
        channel: {
          hears: () => true,
          gapMs: 0,
          tell: ({ stories }) => {
            for (const { effect } of stories) told.push({ at: parts.clock.now(), effect });
            return Promise.resolve({ is: 'done' });
          },
        },
      },
    ],
  });
  const media: Media = {
    inspect: () =>
      Promise.resolve({
        is: 'video',
        facts: doors.facts?.(parts.clock.now()) ?? GOOD_VIDEO,
        frameJpegBase64: null,
      }),
  };
  const deps: AppDeps = {
    ...parts,
    cron: parts.owner.cron,
    http: doors.http ?? NO_HTTP,
    media,
    scratch: {
      pathFor: (runId) => `/scratch/${runId}`,
      save: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    },
    observe: () => parts.observer,
    fatal: (error) => {
      throw error;
    },
  };
  let app = await createApp(deps);
  void app.start();
  return {
    parts,
    told,
    types: () => told.map(({ effect }) => effect.type),
    state: (target) => {
      const state = app.view.states().get(target);
      invariant(state !== undefined, `nothing is known of ${target}`);
      return state;
    },
    restart: async () => {
      const stopped = app.stop();
      await parts.goOn(MINUTE);
      await stopped;
      app = await createApp(deps);
      void app.start();
    },
  };
}

/** Targets `p0/m`, `p1/m`, … of as many unrelated providers. */
export function manyTargets(count: number, providerOf: (n: number) => Provider): Partial<Settings> {
  const [setting] = aSettings().targets;
  invariant(setting !== undefined, 'a target to copy');
  const targets = Array.from({ length: count }, (_, n): TargetSetting => ({
    ...setting,
    target: { id: `p${n}/m`, provider: `p${n}`, model: 'm', region: null },
    provider: providerOf(n),
    checkEveryMs: 60_000,
  }));
  const limits = Object.fromEntries(
    targets.map(({ target }) => [
      target.provider,
      { budgetUsd: 100, plannedUsdPerDay: 2, concurrencyMax: 2 },
    ]),
  );
  return { targets, limits, totalBudgetUsd: 5_000, concurrencyMax: 100 };
}

/** Refuses every call with what `failure` gives; answers well where it gives nothing. */
export function failingProvider(failure: () => HttpError | null): Provider {
  const good = aProvider();
  const checked = good.check;
  invariant(checked !== null, 'it has a check');
  const orFail =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      const error = failure();
      return error === null ? call(...args) : Promise.reject(error);
    };
  return {
    ...good,
    submit: orFail(good.submit),
    poll: orFail(good.poll),
    check: orFail(checked),
  };
}

/** Addresses beside every provider's, which answer while `works` says so. */
export function controlsThat(works: () => boolean): { controlUrls: string[]; http: Http } {
  const http: Http = {
    at: () => ({
      get: () =>
        works()
          ? Promise.resolve({ status: 204, headers: {}, body: null as never })
          : Promise.reject(new HttpError('connect', 'no route to host')),
      send: () => Promise.reject(new Error('nothing is sent there')),
      download: () => Promise.reject(new Error('nothing is fetched there')),
    }),
    download: () => Promise.reject(new Error('nothing is fetched there')),
  };
  return { controlUrls: ['https://control.invalid/204'], http };
}

/** Keeps the headers in which providers announce the end of an API or a model, for whoever reads them later. */

import { lifecycleHeaders, placeOf, type SeenHeader } from '../core/lifecycle-headers.ts';
import { HOUR } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import { HttpError, type Api, type Http } from '../ports/http.ts';
import type { Log } from '../ports/log.ts';
import { StoreError, type Store } from '../ports/store.ts';
import { createDoorbell } from './doorbell.ts';

/** How often one that is still sent is noted again. */
const NOTED_AGAIN_MS = HOUR;
/** Of one provider in that time; a value that changes with each answer announces nothing. */
const NOTED_MAX = 20;
/** Of all that wait for the store; one that finds no room is seen again at the next answer. */
const WAITING_MAX = 200;
const IDLE_MS = HOUR;

export interface HeaderLog {
  /** The same door to the network, whose answers are looked at on the way. */
  watch: (http: Http, provider: string, models: readonly string[]) => Http;
  /** Writes what was seen. */
  run: (deps: { store: Pick<Store, 'noteHeader'>; log: Log }, signal: AbortSignal) => Promise<void>;
}

export function createHeaderLog(clock: Clock): HeaderLog {
  const noted = new Map<string, Map<string, number>>();
  const waiting: SeenHeader[] = [];
  const bell = createDoorbell(clock);
  const saw = (provider: string, place: string, headers: Readonly<Record<string, string>>) => {
    for (const { name, value } of lifecycleHeaders(headers)) {
      const now = clock.now();
      const recent = recentOf(noted, provider, now);
      const key = JSON.stringify([name, value, place]);
      if (recent.has(key) || recent.size >= NOTED_MAX || waiting.length >= WAITING_MAX) continue;
      recent.set(key, now);
      waiting.push({ provider, name, value, place, firstSeenAt: now, lastSeenAt: now });
      bell.ring();
    }
  };
  return {
    watch: (http, provider, models) =>
      watched(http, models, (place, headers) => saw(provider, place, headers)),
    run: async ({ store, log }, signal) => {
      while (!signal.aborted) {
        if (waiting.length === 0) await bell.wait(IDLE_MS, signal);
        const seen = waiting.shift();
        if (seen !== undefined) await note(store, log, seen);
      }
    },
  };
}

/** A header that the store does not take is seen again within the hour: nothing waits for it. */
async function note(store: Pick<Store, 'noteHeader'>, log: Log, seen: SeenHeader): Promise<void> {
  const { provider, name: header, value, place } = seen;
  try {
    const isNew = await store.noteHeader(seen);
    if (isNew) log.warn({ provider, header, value, place }, 'a provider announces an end in a header');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.warn({ error, provider, header }, 'a header that announces an end could not be kept');
  }
}

/** What was noted of a provider within the last hour. */
function recentOf(
  noted: Map<string, Map<string, number>>,
  provider: string,
  now: number,
): Map<string, number> {
  const recent = noted.get(provider) ?? new Map<string, number>();
  noted.set(provider, recent);
  for (const [key, at] of recent) if (Math.abs(now - at) >= NOTED_AGAIN_MS) recent.delete(key);
  return recent;
}

type Saw = (place: string, headers: Readonly<Record<string, string>>) => void;

/** Answers carry their headers, and so do the errors that answers become. Of a download only the errors do. */
function watched(http: Http, models: readonly string[], saw: Saw): Http {
  return {
    download: http.download,
    at: (base, credentials) => {
      const api = http.at(base, credentials);
      const look = async <T>(path: string, call: Promise<T>): Promise<T> => {
        const see = (headers: Readonly<Record<string, string>>) =>
          saw(placeOf(placed(base, path), models), headers);
        try {
          const reply = await call;
          if (hasHeaders(reply)) see(reply.headers);
          return reply;
        } catch (error) {
          if (error instanceof HttpError) see(error.headers);
          throw error;
        }
      };
      const watchedApi: Api = {
        get: (path, ...rest) => look(path, api.get(path, ...rest)),
        send: (method, path, ...rest) => look(path, api.send(method, path, ...rest)),
        download: (path, ...rest) => look(path, api.download(path, ...rest)),
      };
      return watchedApi;
    },
  };
}

/** A path goes below the base, and an address that a provider gave in an answer stands for itself. */
function placed(base: string, path: string): URL {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return new URL(path);
  const below = path === '' || /^[/?]/.test(path) ? path : `/${path}`;
  return new URL(`${base.replace(/\/+$/, '')}${below}`);
}

function hasHeaders(reply: unknown): reply is { headers: Readonly<Record<string, string>> } {
  return typeof reply === 'object' && reply !== null && 'headers' in reply;
}

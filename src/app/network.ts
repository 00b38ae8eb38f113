/** Is it our own network? Asked only when a provider could not be reached. */

import type { Instant } from '../core/base.ts';
import { SECOND } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import { HttpError, isTransport } from '../ports/http.ts';

export type NetworkState = 'works' | 'broken' | 'unknown';

export interface Network {
  /** Remembers whether a provider could be reached at all just now. */
  saw: (provider: string, isReached: boolean) => void;
  /** Our own network, as far as this can be known without trusting the provider in question. */
  judge: (provider: string, signal: AbortSignal) => Promise<NetworkState>;
}

/** What was seen longer ago says nothing about now (detection.md: 75 s). */
const RECENT_MS = 75 * SECOND;
const CONTROL_TIMEOUT_MS = 5 * SECOND;
/** Without control addresses: so many unrelated providers, and this share of them, must fail together. */
const OTHERS_MIN = 3;
const OTHERS_SHARE = 0.6;

export function createNetwork(deps: { http: Http; clock: Clock; controlUrls: readonly string[] }): Network {
  const seen = new Map<string, { at: Instant; isReached: boolean }>();
  let asking: Promise<NetworkState> | null = null;

  // Failures of one moment share an answer, but an older answer says nothing about them: a line that worked ten
  // seconds ago may be the very one that has just been cut.
  const askControls = (signal: AbortSignal): Promise<NetworkState> => {
    asking ??= Promise.all(deps.controlUrls.map((url) => answersAt(deps.http, url, signal)))
      .then((answers): NetworkState => (answers.includes(true) ? 'works' : 'broken'))
      .finally(() => {
        asking = null;
      });
    return asking;
  };

  return {
    saw: (provider, isReached) => seen.set(provider, { at: deps.clock.now(), isReached }),
    judge: async (provider, signal) => {
      if (deps.controlUrls.length > 0) return askControls(signal);
      const now = deps.clock.now();
      const others = [...seen].filter(([name, { at }]) => name !== provider && now - at < RECENT_MS);
      const failing = others.filter(([, { isReached }]) => !isReached).length;
      if (failing < others.length && failing / others.length < OTHERS_SHARE) return 'works';
      return others.length >= OTHERS_MIN && failing / others.length >= OTHERS_SHARE ? 'broken' : 'unknown';
    },
  };
}

/** Any answer at all proves the network, whatever it says. */
async function answersAt(http: Http, url: string, signal: AbortSignal): Promise<boolean> {
  const { origin, pathname, search } = new URL(url);
  try {
    const anything = { parse: (value: unknown) => value };
    await http
      .at(origin, {})
      .get(`${pathname}${search}`, anything, signal, { timeoutMs: CONTROL_TIMEOUT_MS, whenEmpty: null });
    return true;
  } catch (error) {
    return error instanceof HttpError && !isTransport(error) && error.code !== 'aborted';
  }
}

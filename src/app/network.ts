/** Is it our own network? Asked only when a provider could not be reached. */

import type { Instant } from '../core/base.ts';
import { SECOND } from '../core/base.ts';
import type { Controls } from '../core/ourselves.ts';
import { freshSight, isFrozen, onProbe } from '../core/ourselves.ts';
import type { OurselvesPolicy } from '../core/detection.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import { HttpError, isTransport } from '../ports/http.ts';

export type NetworkState = 'works' | 'broken' | 'unknown';

export interface Network {
  /** A provider has answered just now, whatever it said. */
  reached: (provider: string) => void;
  /** A provider could not be reached: our own network, as far as this can be known without trusting that provider. */
  judge: (provider: string, signal: AbortSignal) => Promise<NetworkState>;
  /** The clock jumped: how providers fared before says nothing about now. */
  forget: () => void;
  /** Whom to call when our network comes into doubt, and when it no longer is. */
  onChange: (change: (is: 'lost' | 'restored') => void) => void;
}

const CONTROL_TIMEOUT_MS = 5 * SECOND;
/** What stands between us and everybody else answers so: a proxy that wants a login, or cannot get through. */
const PROXY_STATUSES: ReadonlySet<number | null> = new Set([407, 502, 504]);

/** Whether this may be our own network's doing: no whole answer, or one that a proxy may have given. */
export function isUnreached(error: HttpError): boolean {
  return isTransport(error) || (error.code === 'status' && PROXY_STATUSES.has(error.status));
}

export interface NetworkDeps {
  http: Http;
  clock: Clock;
  controlUrls: readonly string[];
  /** How many there are. */
  providers: number;
  policy: OurselvesPolicy;
  /** An earlier life of the daemon has left our network in doubt. */
  isLost?: boolean;
}

export function createNetwork(deps: NetworkDeps): Network {
  const { clock, policy } = deps;
  const listeners: ((is: 'lost' | 'restored') => void)[] = [];
  const beside = createControls(deps);
  let sight = { ...freshSight(deps.providers, clock.now()), isLost: deps.isLost ?? false };

  const noted = (provider: string, isReached: boolean, controls: Controls) => {
    const next = onProbe(sight, { at: clock.now(), provider, isReached, controls }, policy);
    sight = next.sight;
    if (next.lost) for (const change of listeners) change('lost');
    if (next.restored) for (const change of listeners) change('restored');
  };
  /** Silent while a provider answers: it is they that cannot be reached, and they say nothing of our network. */
  const areUseless = () => {
    const since = beside.silentSince();
    return (
      since !== null && Object.values(sight.probes).some(({ at, isReached }) => isReached && at >= since)
    );
  };
  return {
    reached: (provider) => {
      noted(provider, true, deps.controlUrls.length > 0 ? 'answer' : 'unknown');
      // Whether they are silent with our network or without it shows only now.
      if (beside.silentSince() !== null) void beside.ask(new AbortController().signal).catch(() => undefined);
    },
    judge: async (provider, signal) => {
      const answer = await beside.ask(signal);
      // We are stopping: what was not waited for says nothing.
      if (signal.aborted) return 'unknown';
      const controls = answer === 'silent' && areUseless() ? 'unknown' : answer;
      noted(provider, false, controls);
      if (isFrozen(sight, clock.now())) return 'broken';
      return controls === 'answer' ? 'works' : 'unknown';
    },
    forget: () => {
      sight = { ...freshSight(deps.providers, clock.now()), isLost: sight.isLost };
    },
    onChange: (change) => listeners.push(change),
  };
}

function createControls({ http, clock, controlUrls }: NetworkDeps) {
  let asking: Promise<Controls> | null = null;
  let silentSince: Instant | null = null;
  return {
    /** Since when they have been silent; null where they answered when last asked. */
    silentSince: () => silentSince,
    // Failures of one moment share an answer, but an older answer says nothing about them: a line that worked ten
    // seconds ago may be the very one that has just been cut.
    ask: (signal: AbortSignal): Promise<Controls> => {
      if (controlUrls.length === 0) return Promise.resolve('unknown');
      asking ??= Promise.all(controlUrls.map((url) => answersAt(http, url, signal)))
        .then((answers): Controls => {
          silentSince = answers.includes(true) ? null : (silentSince ?? clock.now());
          return silentSince === null ? 'answer' : 'silent';
        })
        .finally(() => {
          asking = null;
        });
      return asking;
    },
  };
}

/** Any answer at all proves the network, whatever it says, unless a proxy in between may have given it. */
async function answersAt(http: Http, url: string, signal: AbortSignal): Promise<boolean> {
  const { origin, pathname, search } = new URL(url);
  try {
    const anything = { parse: (value: unknown) => value };
    await http
      .at(origin, {})
      .get(`${pathname}${search}`, anything, signal, { timeoutMs: CONTROL_TIMEOUT_MS, whenEmpty: null });
    return true;
  } catch (error) {
    return error instanceof HttpError && !isUnreached(error) && error.code !== 'aborted';
  }
}

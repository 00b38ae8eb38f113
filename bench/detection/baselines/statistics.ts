import type { Api, Evidence, MakePolicy } from '../policy.ts';
import { HOUR, MIN } from '../settings.ts';
import type { Seconds } from '../types.ts';
import { looksBad } from './interval.ts';

const EPSILON_SEC = 1e-6;
const SLO = 0.99;

/** One outcome that counts, true where it is bad; null for evidence that says nothing about generations. */
function verdictOf(api: Api, provider: number, evidence: Evidence): boolean | null {
  if (evidence.kind !== 'canary' && evidence.kind !== 'report') return null;
  if (evidence.kind === 'report' && evidence.out === 'refused') return null;
  return looksBad(api, provider, evidence);
}

interface Rotation {
  next: Seconds;
  isFlying: boolean;
}

/** Starts the canary of the turn, if none is flying. */
function takeTurn(api: Api, provider: number, track: Rotation, everySec: number): void {
  if (track.isFlying || api.now() < track.next - EPSILON_SEC) return;
  track.next = api.now() + everySec;
  track.isFlying = true;
  api.canary(provider);
}

interface Window extends Rotation {
  seen: { readonly at: Seconds; readonly isBad: boolean }[];
}

/**
 * Burn rate over two pairs of windows, for an objective of 99 %: down while the share of bad outcomes exceeds 14.4 % in the
 * last hour and the last 5 min, or 6 % in the last 6 h and the last 30 min.
 * Source: The Site Reliability Workbook, chapter 5 (multiwindow, multi-burn-rate alerts).
 */
export function burnRate(everySec: number): MakePolicy {
  return (api) => {
    const tracks: Window[] = api.world.providers.map(({ index }) => ({
      next: (index * 37) % everySec,
      isFlying: false,
      seen: [],
    }));
    const sleep = (provider: number, track: Window, turn: Seconds): void => {
      const again = api.verdict(provider) === 'down' ? api.now() + MIN : Infinity;
      api.wake(provider, track.isFlying ? again : turn);
    };
    return {
      hears: { reports: true, statusPages: false },
      budget: null,
      start: (provider) => api.wake(provider, tracks[provider]?.next ?? Infinity),
      onWake(provider) {
        const track = tracks[provider];
        if (!track) return;
        takeTurn(api, provider, track, everySec);
        judgeWindows(api, provider, track);
        const again = api.verdict(provider) === 'down' ? api.now() + MIN : Infinity;
        sleep(provider, track, Math.min(track.next, again));
      },
      onEvidence(provider, evidence) {
        const track = tracks[provider];
        if (!track) return;
        if (evidence.kind === 'canary') track.isFlying = false;
        const isBad = verdictOf(api, provider, evidence);
        if (isBad === null) return;
        track.seen.push({ at: api.now(), isBad });
        while ((track.seen[0]?.at ?? Infinity) < api.now() - 6 * HOUR) track.seen.shift();
        judgeWindows(api, provider, track);
        sleep(provider, track, Math.max(api.now(), track.next));
      },
    };
  };
}

function judgeWindows(api: Api, provider: number, { seen }: Window): void {
  const now = api.now();
  const badShare = (windowSec: number): number => {
    let count = 0;
    let bad = 0;
    for (let at = seen.length - 1; at >= 0; at--) {
      const one = seen[at];
      if (one === undefined || one.at < now - windowSec) break;
      count++;
      if (one.isBad) bad++;
    }
    return count === 0 ? 0 : bad / count;
  };
  const burns = (longSec: number, shortSec: number, factor: number): boolean =>
    badShare(longSec) > factor * (1 - SLO) && badShare(shortSec) > factor * (1 - SLO);
  const isDown = burns(HOUR, 5 * MIN, 14.4) || burns(6 * HOUR, 30 * MIN, 6);
  if (isDown !== (api.verdict(provider) === 'down'))
    api.set(provider, isDown ? 'down' : 'up', isDown ? 0 : 1);
}

const HEALTHY_BAD_RATE = 0.03;
const BROKEN_BAD_RATE = 0.5;
const ALARM_AT = 5;
const CLEAR_AT = 1.3;
const CONFIRM_SEC = 5;

interface Sums extends Rotation {
  isDown: boolean;
  /** Page's sum towards broken, and its mirror towards healthy. */
  broken: number;
  healthy: number;
}

/**
 * CUSUM: sum the log likelihood ratios of "50 % bad" against "3 % bad", never below zero; down at 5, up when the mirrored
 * sum reaches 1.3. While a sum is above zero it looks again at once.
 * Source: E. S. Page, Continuous Inspection Schemes, Biometrika 41 (1954).
 */
export function cusum(everySec: number): MakePolicy {
  return (api) => {
    const tracks: Sums[] = api.world.providers.map(({ index }) => ({
      next: (index * 37) % everySec,
      isFlying: false,
      isDown: false,
      broken: 0,
      healthy: 0,
    }));
    return {
      hears: { reports: true, statusPages: false },
      budget: null,
      start: (provider) => api.wake(provider, tracks[provider]?.next ?? Infinity),
      onWake(provider) {
        const track = tracks[provider];
        if (!track) return;
        takeTurn(api, provider, track, everySec);
        api.wake(provider, track.isFlying ? Infinity : track.next);
      },
      onEvidence(provider, evidence) {
        const track = tracks[provider];
        if (!track) return;
        if (evidence.kind === 'canary') track.isFlying = false;
        const isBad = verdictOf(api, provider, evidence);
        if (isBad === null) return;
        add(track, isBad);
        const isOdd = track.isDown ? track.healthy > 0 : track.broken > 0;
        if (isOdd && !track.isFlying) track.next = Math.min(track.next, api.now() + CONFIRM_SEC);
        if (track.isDown !== (api.verdict(provider) === 'down'))
          api.set(provider, track.isDown ? 'down' : 'up', track.isDown ? 0 : 1);
        if (!track.isFlying) api.wake(provider, Math.max(api.now(), track.next));
      },
    };
  };
}

function add(track: Sums, isBad: boolean): void {
  const ratio = isBad
    ? Math.log(BROKEN_BAD_RATE / HEALTHY_BAD_RATE)
    : Math.log((1 - BROKEN_BAD_RATE) / (1 - HEALTHY_BAD_RATE));
  if (track.isDown) {
    track.healthy = Math.max(0, track.healthy - ratio);
    if (track.healthy < CLEAR_AT) return;
    track.isDown = false;
    track.broken = 0;
  } else {
    track.broken = Math.max(0, track.broken + ratio);
    if (track.broken < ALARM_AT) return;
    track.isDown = true;
    track.healthy = 0;
  }
}

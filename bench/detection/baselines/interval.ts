import type { Api, CanarySeen, CheckSeen, MakePolicy } from '../policy.ts';
import type { Seconds } from '../types.ts';

/** What the monitors in use today do: look at fixed times, flip after so many in a row. */
export interface IntervalRule {
  readonly everySec: number;
  /** Failures in a row that mean down, successes in a row that mean up. */
  readonly failures: number;
  readonly successes: number;
  /** After a surprise, look again this long after the surprising canary began; null for waiting until the next turn. */
  readonly retrySec: number | null;
  /** Free checks; null for none. Three failures in a row mean down, two successes up. */
  readonly checkEverySec: number | null;
}

const CHECK_FAILURES = 3;
const CHECK_SUCCESSES = 2;
/** A generous rule for slowness, with the true median given: slower than this many medians is a failure. */
export const SLOW_MEDIANS = 3;
const EPSILON_SEC = 1e-6;

interface Track {
  nextCanary: Seconds;
  nextCheck: Seconds;
  isFlying: boolean;
  failures: number;
  successes: number;
  checkFailures: number;
  checkSuccesses: number;
  isDown: boolean;
  isCheckDown: boolean;
}

export function interval(rule: IntervalRule): MakePolicy {
  return (api) => {
    const tracks = api.world.providers.map(({ index }) => newTrack(rule, index));
    const sleep = (provider: number, track: Track): void => {
      const canary = track.isFlying ? Infinity : track.nextCanary;
      api.wake(provider, Math.min(canary, rule.checkEverySec === null ? Infinity : track.nextCheck));
    };
    return {
      hears: { reports: false, statusPages: false },
      budget: null,
      start(provider) {
        const track = tracks[provider];
        if (track) sleep(provider, track);
      },
      onWake(provider) {
        const track = tracks[provider];
        if (!track) return;
        look(rule, api, provider, track);
        sleep(provider, track);
      },
      onEvidence(provider, evidence) {
        const track = tracks[provider];
        if (!track) return;
        if (evidence.kind === 'cheap') judgeCheck(track, evidence);
        else if (evidence.kind === 'canary') judgeCanary(rule, api, provider, track, evidence);
        else return;
        const isDown = track.isDown || track.isCheckDown;
        if (isDown !== (api.verdict(provider) === 'down'))
          api.set(provider, isDown ? 'down' : 'up', isDown ? 0 : 1);
        sleep(provider, track);
      },
    };
  };
}

/** Providers take turns, so that they are not all looked at in the same second. */
function newTrack(rule: IntervalRule, index: number): Track {
  return {
    nextCanary: (index * 37) % rule.everySec,
    nextCheck: (index * 5) % 60,
    isFlying: false,
    failures: 0,
    successes: 0,
    checkFailures: 0,
    checkSuccesses: 0,
    isDown: false,
    isCheckDown: false,
  };
}

function look(rule: IntervalRule, api: Api, provider: number, track: Track): void {
  const now = api.now();
  if (rule.checkEverySec !== null && now >= track.nextCheck - EPSILON_SEC) {
    track.nextCheck = now + rule.checkEverySec;
    api.cheap(provider);
  }
  if (!track.isFlying && now >= track.nextCanary - EPSILON_SEC) {
    track.nextCanary = now + rule.everySec;
    track.isFlying = true;
    api.canary(provider);
  }
}

function judgeCheck(track: Track, { out }: CheckSeen): void {
  const isOk = out === 'ok';
  track.checkSuccesses = isOk ? track.checkSuccesses + 1 : 0;
  track.checkFailures = isOk ? 0 : track.checkFailures + 1;
  if (track.checkSuccesses >= CHECK_SUCCESSES) track.isCheckDown = false;
  if (track.checkFailures >= CHECK_FAILURES) track.isCheckDown = true;
}

function judgeCanary(rule: IntervalRule, api: Api, provider: number, track: Track, seen: CanarySeen): void {
  const isBad = looksBad(api, provider, seen);
  track.isFlying = false;
  track.failures = isBad ? track.failures + 1 : 0;
  track.successes = isBad ? 0 : track.successes + 1;
  if (!track.isDown && track.failures >= rule.failures) track.isDown = true;
  else if (track.isDown && track.successes >= rule.successes) track.isDown = false;
  const now = api.now();
  const isSurprise = isBad !== track.isDown;
  if (rule.retrySec !== null && isSurprise)
    track.nextCanary = Math.min(track.nextCanary, Math.max(now, seen.submittedAt + rule.retrySec));
  track.nextCanary = Math.max(track.nextCanary, now);
}

/** Anything but a whole video in good time. */
export function looksBad(
  api: Api,
  provider: number,
  seen: { readonly out: string; readonly isBad?: boolean; readonly durationSec: number | null },
): boolean {
  const medianSec = api.world.providers[provider]?.medianSec ?? Infinity;
  return seen.out !== 'ok' || seen.isBad === true || (seen.durationSec ?? 0) > SLOW_MEDIANS * medianSec;
}

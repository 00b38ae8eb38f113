import { spanAt } from '../lookup.ts';
import { type Api, type Evidence, type MakePolicy } from '../policy.ts';
import type { Fault, Seconds } from '../types.ts';

const CHECK_EVERY_SEC = 60;
const CLAIRVOYANT_CHECK_EVERY_SEC = 5;
const CANARY_EVERY_SEC = 300;
const CANARIES_AT_ONSET = 3;
const AGAIN_SEC = 20;
const EPSILON_SEC = 1e-6;

interface Track {
  nextCanary: Seconds;
  nextCheck: Seconds;
  /** Clairvoyant only: which fault is next or on, and when canaries were last started for it. */
  nth: number;
  lastBurst: Seconds;
}

/**
 * Bounds for what is possible. The plain oracle looks every 300 s (free check: 60 s) and is told whether a failure it sees
 * is due to a fault, so it needs no second sign and is never wrong. The clairvoyant one starts canaries at the very
 * onset, and none at any other time.
 */
export function oracle(isClairvoyant: boolean): MakePolicy {
  return (api) => {
    const tracks: Track[] = api.world.providers.map(({ index }) => ({
      nextCanary: (index * 37) % CANARY_EVERY_SEC,
      nextCheck: (index * 5) % 60,
      nth: 0,
      lastBurst: -Infinity,
    }));
    const sleep = (provider: number, track: Track, fault: Fault | null): void =>
      api.wake(provider, nextTurn(api, track, isClairvoyant, fault));
    return {
      hears: { reports: true, statusPages: true },
      budget: null,
      start(provider) {
        const track = tracks[provider];
        if (!track) return;
        const fault = isClairvoyant ? faultOf(api, provider, track.nth) : null;
        const onset = fault ? Math.max(api.now(), fault.start + 0.01) : Infinity;
        api.wake(provider, Math.min(track.nextCanary, track.nextCheck, onset));
      },
      onWake(provider) {
        const track = tracks[provider];
        if (!track) return;
        const fault = isClairvoyant ? faultOf(api, provider, track.nth) : null;
        if (fault) attend(api, provider, track, fault);
        takeTurns(api, provider, track, isClairvoyant);
        const isAlerting = api.verdict(provider) === 'down' || api.verdict(provider) === 'config';
        if (isAlerting && spanAt(api.world.faults[provider] ?? [], api.now()) === null)
          api.set(provider, 'up', 1);
        sleep(provider, track, fault);
      },
      onEvidence(provider, evidence) {
        const now = api.now();
        const fault = api.world.faults[provider]?.find((one) => now >= one.start && now <= one.end);
        if (!fault || !isSignOf(api, provider, fault, evidence)) return;
        api.set(provider, fault.cls === 'auth' || fault.cls === 'quota' ? 'config' : 'down', 0);
      },
    };
  };
}

function faultOf(api: Api, provider: number, nth: number): Fault | null {
  return api.world.faults[provider]?.[nth] ?? null;
}

function attend(api: Api, provider: number, track: Track, fault: Fault): void {
  const now = api.now();
  if (now < fault.start) return;
  if (now > fault.end) {
    track.nth++;
    api.set(provider, 'up', 1);
  } else if (track.lastBurst <= now - AGAIN_SEC) {
    track.lastBurst = now;
    for (let nth = 0; nth < CANARIES_AT_ONSET; nth++) startCanary(api, provider);
  }
}

function takeTurns(api: Api, provider: number, track: Track, isClairvoyant: boolean): void {
  const now = api.now();
  if (now >= track.nextCheck - EPSILON_SEC) {
    track.nextCheck = now + (isClairvoyant ? CLAIRVOYANT_CHECK_EVERY_SEC : CHECK_EVERY_SEC);
    api.cheap(provider);
  }
  if (now >= track.nextCanary - EPSILON_SEC) {
    track.nextCanary = now + CANARY_EVERY_SEC;
    if (!isClairvoyant) startCanary(api, provider);
  }
}

function startCanary(api: Api, provider: number): void {
  const medianSec = api.world.providers[provider]?.medianSec ?? Infinity;
  api.canary(provider, { timeoutSec: Math.min(600, 3 * medianSec) });
}

function nextTurn(api: Api, track: Track, isClairvoyant: boolean, fault: Fault | null): Seconds {
  if (!isClairvoyant || !fault) return Math.min(track.nextCanary, track.nextCheck);
  return api.now() >= fault.start
    ? Math.min(fault.end + 0.01, track.lastBurst + AGAIN_SEC + 0.001, track.nextCheck)
    : Math.min(fault.start + 0.01, track.nextCheck);
}

/** Whether evidence that arrives within a fault is of the kind the fault brings about. */
function isSignOf(api: Api, provider: number, fault: Fault, evidence: Evidence): boolean {
  switch (evidence.kind) {
    case 'cheap':
    case 'queue':
      return evidence.out !== 'ok' && evidence.out !== 'net';
    case 'status':
      return evidence.out !== 'clear';
    case 'ack':
      return false;
    case 'canary':
    case 'report': {
      const { out, durationSec, submittedAt } = evidence;
      const isBroken = evidence.kind === 'canary' && evidence.isBad;
      const isOtherRefusal = out === 'refused' && fault.cls !== 'moderation';
      const isFailure = out !== 'ok' && out !== 'net' && !isOtherRefusal;
      const isSlow = (durationSec ?? 0) > 2 * (api.world.providers[provider]?.medianSec ?? Infinity);
      return (isFailure || isBroken || isSlow) && submittedAt + (durationSec ?? 0) >= fault.start;
    }
  }
}

/** The newest status document, and until when it counts. */

import { type Status, isOlder, readStatus } from './document.ts';
import type { Tell } from './problem.ts';

/** However far ahead a document's `valid_until` lies, it steers for no longer than this after it came. */
export const VALID_MS_MAX = 24 * 60 * 60 * 1000;

export interface Holder {
  /**
   * Takes a parsed document, unless it is malformed or older than the one held; then that one stays.
   * @param serverAheadMs the clock of who wrote it, less ours
   */
  accept: (json: unknown, serverAheadMs: number) => boolean;
  /** What is held has been found unchanged, and counts until then by our clock. */
  renew: (until: number) => void;
  held: () => Held | null;
  isFresh: () => boolean;
}

export interface Held {
  readonly status: Status;
  readonly json: unknown;
  /** Milliseconds since 1970 by our clock. */
  readonly until: number;
}

export function createHolder(now: () => number, tell: Tell): Holder {
  let held: Held | null = null;

  const renew = (until: number): void => {
    if (held) held = { ...held, until: Math.min(now() + VALID_MS_MAX, Math.max(held.until, until)) };
  };
  return {
    accept: (json, serverAheadMs) => {
      const status = readStatus(json);
      const why = typeof status === 'string' ? status : staleness(status, held?.status ?? null);
      if (typeof status === 'string' || why !== null) {
        tell('refused', `the document was refused: ${why}`);
        return false;
      }
      const isSame = held !== null && !isOlder(held.status, status);
      held = { status, json, until: isSame && held ? held.until : Number.NEGATIVE_INFINITY };
      renew(status.validUntil - serverAheadMs);
      return true;
    },
    renew,
    held: () => held,
    isFresh: () => held !== null && now() < held.until,
  };
}

function staleness(status: Status, held: Status | null): string | null {
  if (held === null || !isOlder(status, held)) return null;
  return `${status.epoch}.${status.generation} is older than ${held.epoch}.${held.generation}`;
}

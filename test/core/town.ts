/** Users of a target, who are gathered and told of as the daemon does it. */

import { emptyCrowd, eventOf, isEmpty, join } from '../../src/app/crowd.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import type { Cause } from '../../src/core/model.ts';
import type { UserJob } from '../../src/core/outcomes.ts';
import type { Life } from './life.ts';
import { ID } from './life.ts';

export interface User {
  name: string;
  jobsPerMinute: number;
  /** The share of his jobs that does not end well, at an instant. */
  fails: (at: number) => number;
  tookMs?: number;
  cause?: Cause;
  /** The router that tells of his jobs. */
  sender?: string;
}

export interface Town {
  users: readonly User[];
  from: number;
  until: number;
  /** Called after each second. */
  each?: (at: number) => void;
  seed?: number;
}

export function jobOf(change: Partial<UserJob> = {}): UserJob {
  return {
    target: ID,
    outcome: 'ok',
    cause: null,
    latencyMs: null,
    submittedAt: null,
    at: null,
    job: null,
    reporter: null,
    ...change,
  };
}

/** mulberry32. */
export function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Lets users live for a while; told of each minute, or every five seconds while there is doubt. */
export function live(life: Life, { users, from, until, each, seed = 1 }: Town): void {
  const draw = draws(seed);
  let crowd = emptyCrowd(from);
  for (let at = from; at < until; at += SECOND) {
    for (const user of users) {
      const { name, jobsPerMinute, fails, tookMs = 60_000, cause = 'unavailable', sender = 'router' } = user;
      for (let due = (jobsPerMinute * SECOND) / MINUTE; due > 0; due--) {
        if (draw() >= due) continue;
        const took = tookMs * Math.exp(0.3 * (draw() + draw() + draw() - 1.5));
        const isBad = draw() < fails(at);
        const ending = isBad ? ({ outcome: 'failed', cause } as const) : ({ outcome: 'ok' } as const);
        join(crowd, { job: jobOf({ ...ending, latencyMs: took, reporter: name }), at, sender });
      }
    }
    const isCalm = ['healthy', 'unknown'].includes(life.state.health);
    if (!isEmpty(crowd) && at - crowd.openedAt >= (isCalm ? MINUTE : 5 * SECOND)) {
      life.heard({ ...eventOf(crowd, at, isCalm ? 6 : 20) });
      crowd = emptyCrowd(at);
    }
    each?.(at);
  }
}

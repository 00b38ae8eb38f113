/** Where the daemon speaks: alert channels are told stories, router sinks are told levels. */

import type { Instant } from '../core/base.ts';
import type { Effect, Story } from '../core/effect.ts';
import type { RoutePlan } from '../core/route.ts';

/**
 * A receiver's answer. `retry` comes again, `refused` never. With the scope `channel` it is about the channel, whatever
 * the message: a rate limit pauses the channel, and a refusal is tried for ten minutes before it counts.
 */
export type Delivery =
  | { is: 'done' }
  | { is: 'retry'; afterMs: number | null; why: string; scope?: 'channel' }
  | { is: 'refused'; why: string; scope?: 'channel' };

/** Several stories of one incident told at once, because the channel was unreachable in between. */
export type Telling = { stories: [Story, ...Story[]] };

export interface AlertChannel {
  /** Which effects it wants to hear. */
  hears: (effect: Effect) => boolean;
  /** The least time between two messages; receivers punish bursts. */
  gapMs: number;
  /**
   * Never throws for anything the receiver does. `key` is the idempotency key: the same story has the same key, and
   * joined stories have the key of their last one.
   */
  tell: (telling: Telling, key: string, signal: AbortSignal) => Promise<Delivery>;
}

/** A router's answer to a plan. */
export type Applied =
  /** What the router now holds; another plan than was sent is pushed again. `notes` are for the log: what a person has pinned at the router, and the like. */
  | { is: 'applied'; epoch: number; generation: number; notes?: string[] }
  | { is: 'retry'; afterMs: number | null; why: string }
  /** The receiver holds something newer: another controller has taken over. */
  | { is: 'stale'; why: string }
  /** The receiver wants no more pushes (HTTP 410). */
  | { is: 'unsubscribed'; why: string };

/** What a router holds, beside the plan that it last applied. */
export type ReadBack =
  | { is: 'same' }
  /** Somebody else wrote, or the router has forgotten: each difference for people to read. */
  | { is: 'differs'; what: string[] }
  | { is: 'unreachable'; why: string };

export interface RouterSink {
  /** The routes it wants; null for all. */
  routes: readonly string[] | null;
  push: (plan: RoutePlan, validUntil: number, signal: AbortSignal) => Promise<Applied>;
  /** Where the router can be asked what it holds. Never throws for anything the router does. */
  readBack?: (plan: RoutePlan, signal: AbortSignal) => Promise<ReadBack>;
}

/** The newest plans, for routers that ask. */
export interface PlanSource {
  plan: (route: string) => RoutePlan | null;
  /** After it the plans are not to be trusted: base weights are. */
  validUntil: () => Instant;
}

/** A router that is not told, but asks. */
export interface RouterListener {
  /** Answers until the signal aborts. Throws TcpError where it cannot listen. */
  listen: (plans: PlanSource, signal: AbortSignal) => Promise<void>;
}

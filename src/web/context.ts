/** What every group of routes is given. */

import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Clock } from '../ports/clock.ts';
import type { Hands } from '../ports/hands.ts';
import type { Log } from '../ports/log.ts';
import type { Outcomes } from '../ports/outcomes.ts';
import type { Render } from '../ports/render.ts';
import type { Signer } from '../ports/signer.ts';
import type { Settings } from '../ports/settings.ts';
import type { Store } from '../ports/store.ts';
import type { View } from '../ports/view.ts';
import type { Bodies } from './bodies.ts';
import type { Metrics } from './metrics.ts';
import type { Recent } from './recent.ts';
import type { Waiting } from './waiting.ts';
import type { Weights } from './weights.ts';

export type ReadStore = Pick<
  Store,
  | 'run'
  | 'runs'
  | 'frame'
  | 'outboxCounts'
  | 'deadEntries'
  | 'pushStates'
  | 'spentSince'
  | 'audit'
  | 'trouble'
  | 'seenHeaders'
>;

export interface Context {
  view: View;
  store: ReadStore;
  settings: Settings;
  clock: Clock;
  metrics: Metrics;
  log: Log;
  outcomes: Outcomes;
  /** Takes what people say about weights. */
  hands: Hands;
  version: string;
  recent: Recent;
  /** The forms in which routers may ask for a plan. */
  renders: readonly Render[];
  /** Signs what routers read; null where nothing is signed. */
  signer: Signer | null;
  /** The status document as it is sent. */
  bodies: Bodies;
  weights: Weights;
  /** Those who poll with an index. */
  waiting: Waiting;
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Whether an `If-None-Match` header names this tag; weak and strong ones compare alike (RFC 9110, 13.1.2). */
export function isKnownTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const bare = tag.replace(/^W\//, '');
  return header.split(',').some((name) => name.trim() === '*' || name.trim().replace(/^W\//, '') === bare);
}

/** Sends a rendered text under a tag, or 304 to a reader who has it. */
export function sendTagged(
  reply: FastifyReply,
  wanted: string | undefined,
  answer: { tag: string; type: string; body: string },
): FastifyReply {
  reply.header('etag', answer.tag);
  if (isKnownTag(wanted, answer.tag)) return reply.code(304).send();
  return reply.type(answer.type).send(answer.body);
}

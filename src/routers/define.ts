/** The shape of a router sink's file. */

import type { z } from 'zod';
import type { RouterListener, RouterSink } from '../ports/channels.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import type { Signer } from '../ports/signer.ts';
import type { Tcp } from '../ports/tcp.ts';

export interface SinkTools {
  http: Http;
  clock: Clock;
  tcp: Tcp;
  /** The key of this daemon, that its answers are signed with too. */
  signer: Signer;
}

export interface SinkDefinition<
  Options extends z.ZodType = z.ZodType,
  Sink extends RouterSink | RouterListener = RouterSink | RouterListener,
> {
  name: string;
  title: string;
  options: Options;
  create: (given: { options: z.output<Options> } & SinkTools) => Sink;
}

export type AnySink<Sink extends RouterSink | RouterListener = RouterSink | RouterListener> = Omit<
  SinkDefinition,
  'create'
> & {
  create: (given: { options: unknown } & SinkTools) => Sink;
};

/**
 * Registers a router sink: one that is pushed to, or one that listens. `create` is only ever called with options that
 * its own schema has parsed.
 */
export function defineSink<Options extends z.ZodType, Sink extends RouterSink | RouterListener>(
  definition: SinkDefinition<Options, Sink>,
): AnySink<Sink> {
  return {
    ...definition,
    create: (given) => definition.create({ ...given, options: given.options as z.output<Options> }),
  };
}

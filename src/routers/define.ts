/** The shape of a router sink's file. */

import type { z } from 'zod';
import type { RouterSink } from '../ports/channels.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';

export interface SinkTools {
  http: Http;
  clock: Clock;
}

export interface SinkDefinition<Options extends z.ZodType = z.ZodType> {
  name: string;
  title: string;
  options: Options;
  create: (given: { options: z.output<Options> } & SinkTools) => RouterSink;
}

export type AnySink = Omit<SinkDefinition, 'create'> & {
  create: (given: { options: unknown } & SinkTools) => RouterSink;
};

/** Registers a router sink. `create` is only ever called with options that its own schema has parsed. */
export function defineSink<Options extends z.ZodType>(definition: SinkDefinition<Options>): AnySink {
  return {
    ...definition,
    create: (given) => definition.create({ ...given, options: given.options as z.output<Options> }),
  };
}

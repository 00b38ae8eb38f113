/** The shape of an alert channel's file. */

import type { z } from 'zod';
import type { AlertChannel } from '../ports/channels.ts';
import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import type { Log } from '../ports/log.ts';

export interface ChannelTools {
  http: Http;
  clock: Clock;
  log: Log;
}

export interface ChannelDefinition<Options extends z.ZodType = z.ZodType> {
  name: string;
  title: string;
  options: Options;
  create: (given: { options: z.output<Options> } & ChannelTools) => AlertChannel;
}

export type AnyChannel = Omit<ChannelDefinition, 'create'> & {
  create: (given: { options: unknown } & ChannelTools) => AlertChannel;
};

/** Registers an alert channel. `create` is only ever called with options that its own schema has parsed. */
export function defineChannel<Options extends z.ZodType>(definition: ChannelDefinition<Options>): AnyChannel {
  return {
    ...definition,
    create: (given) => definition.create({ ...given, options: given.options as z.output<Options> }),
  };
}

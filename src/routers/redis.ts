/** Keeps each route's plan in Redis, where only a newer one replaces it, and tells subscribers. The one door of @redis/client. */

import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import type { RoutePlan } from '../core/route.ts';
import type { Applied, ReadBack } from '../ports/channels.ts';
import { secret } from '../ports/options.ts';
import { pushBody } from './body.ts';
import { defineSink } from './define.ts';

const CONNECT_MS_MAX = 3 * SECOND;
const WHY_CHARACTERS_MAX = 300;

const options = z.strictObject({
  url: secret('Where Redis is: `redis://user:password@host:6379/0`, or `rediss://` with TLS.')
    .refine(
      (text) => /^rediss?:$/.test(URL.parse(text)?.protocol ?? ''),
      'Expected a redis:// or rediss:// address',
    )
    .meta({
      description: 'Where Redis is: `redis://user:password@host:6379/0`, or `rediss://` with TLS.',
      secret: true,
    }),
  prefix: z
    .string()
    .max(100)
    .meta({ description: 'Stands before the id of the route in the name of the hash and of the channel.' })
    .prefault('reelwatch:'),
  routes: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: 'The routes that are written; all of them when left out.' }),
});

/**
 * One step for Redis, so that no two writers mix. A plan of an older life, or an older plan of this one, changes
 * nothing; the same plan again does, because the hash may have been spoilt.
 */
const FENCED_WRITE = `
local epoch, generation = tonumber(ARGV[1]), tonumber(ARGV[2])
local held_epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '-1') or -1
local held_generation = tonumber(redis.call('HGET', KEYS[1], 'generation') or '-1') or -1
if epoch < held_epoch or (epoch == held_epoch and generation < held_generation) then
  return {0, held_epoch, held_generation}
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'generation', ARGV[2], 'plan', ARGV[3])
redis.call('PUBLISH', KEYS[1], ARGV[1] .. '.' .. ARGV[2])
return {1, epoch, generation}`;

const Written = z.tuple([z.literal([0, 1]), z.number(), z.number()]);
const Held = z.tuple([z.string().nullable(), z.string().nullable(), z.string().nullable()]);

export const redis = defineSink({
  name: 'redis',
  title: 'Redis',
  options,
  create: ({ options: { url, prefix, routes } }) => ({
    routes: routes ?? null,
    push: async (plan, validUntil, signal): Promise<Applied> => {
      const values = [String(plan.epoch), String(plan.generation), pushBody(plan, validUntil)];
      const answer = await ask(
        url,
        ['EVAL', FENCED_WRITE, '1', prefix + plan.route, ...values],
        Written,
        signal,
      );
      if ('why' in answer) return { is: 'retry', afterMs: null, why: answer.why };
      const [isWritten, epoch, generation] = answer.is;
      return isWritten === 1
        ? { is: 'applied', epoch, generation }
        : { is: 'stale', why: `Redis holds epoch ${epoch}, generation ${generation}` };
    },
    readBack: async (plan, signal): Promise<ReadBack> => {
      const key = prefix + plan.route;
      const answer = await ask(url, ['HMGET', key, 'epoch', 'generation', 'plan'], Held, signal);
      if ('why' in answer) return { is: 'unreachable', why: answer.why };
      const what = differences(plan, answer.is);
      return what.length === 0 ? { is: 'same' } : { is: 'differs', what };
    },
  }),
});

/** How long a plan may be trusted moves on by itself, and is no difference. */
function differences(plan: RoutePlan, [epoch, generation, text]: z.output<typeof Held>): string[] {
  if (text === null) return ['Redis holds no plan'];
  const index = `${epoch}.${generation}`;
  if (index !== `${plan.epoch}.${plan.generation}`) return [`Redis holds the plan ${index}`];
  const bare = (body: string) => body.replace(/"valid_until":"[^"]*",/, '');
  return bare(text) === bare(pushBody(plan, 0)) ? [] : ['Redis holds another plan under the same number'];
}

/**
 * One command on a connection of its own: plans change every few minutes, and a connection that is kept would have to
 * be watched. The client is loaded when it is first needed.
 */
async function ask<T>(
  url: string,
  command: readonly string[],
  shape: z.ZodType<T>,
  signal: AbortSignal,
): Promise<{ is: T } | { why: string }> {
  const { createClient } = await import('@redis/client');
  const client = createClient({
    url,
    RESP: 2,
    socket: { connectTimeout: CONNECT_MS_MAX, reconnectStrategy: false },
  });
  // What goes wrong is thrown by the call that it spoils, too.
  client.on('error', () => {});
  const stop = () => client.destroy();
  try {
    if (signal.aborted) return { why: 'stopped' };
    signal.addEventListener('abort', stop, { once: true });
    await client.connect();
    return { is: shape.parse(await client.sendCommand([...command])) };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { why: `Redis: ${words}`.slice(0, WHY_CHARACTERS_MAX) };
  } finally {
    signal.removeEventListener('abort', stop);
    if (client.isOpen) client.destroy();
  }
}

/** The weights of a route as plain numbers: made once for everybody who asks. */

import { z } from 'zod';
import type { Route } from '../core/route.ts';
import { type Body, bodyOf } from './bodies.ts';
import type { Context } from './context.ts';
import { BASES, indexOf, sharesOf } from './follow.ts';
import { iso } from './format.ts';
import { at } from './schema.ts';

export const weightsShape = z.object({
  schema: z.literal('reelwatch.weights/1'),
  route: z.string(),
  epoch: z.number().int(),
  generation: z.number().int(),
  basis: z.enum(BASES).meta({
    description: '`plan`: as decided. Anything else: the base weights stand, and why.',
  }),
  valid_until: at,
  weights: z.record(z.string(), z.number().int()).meta({ description: 'Points of 100; zeros too.' }),
  fallback: z.array(z.string()).meta({ description: 'Whom to try next after a failure, best first.' }),
});

/** A route's weights as bytes, under a weak tag. */
export type Weights = (route: Route) => { tag: string; body: Body };

export function createWeights({ view, clock, signer }: Pick<Context, 'view' | 'clock' | 'signer'>): Weights {
  const kept = new Map<string, { key: string; made: ReturnType<Weights> }>();
  return (route) => {
    const validUntil = view.validUntil();
    const key = `${view.generation()} ${validUntil} ${route.mode} ${clock.now() <= validUntil}`;
    const ready = kept.get(route.id);
    if (ready?.key === key) return ready.made;
    const { basis, members, fallback } = sharesOf(route, view, clock.now());
    const index = indexOf(view);
    const document: z.infer<typeof weightsShape> = {
      schema: 'reelwatch.weights/1',
      route: route.id,
      epoch: view.epoch,
      generation: view.generation(),
      basis,
      valid_until: iso(validUntil),
      weights: Object.fromEntries(members.map(({ target, weight }) => [target, weight])),
      fallback: [...fallback],
    };
    const made = {
      tag: `W/"${basis === 'plan' ? index : `${index}.${basis}`}"`,
      body: bodyOf(index, JSON.stringify(document), signer),
    };
    kept.set(route.id, { key, made });
    return made;
  };
}

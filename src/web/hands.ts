/** What people say about weights, as the API takes it and tells of it. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Instant } from '../core/base.ts';
import type { Freeze, Refusal, RoutePin } from '../core/hands.ts';
import type { Signed } from '../ports/hands.ts';
import { duration } from '../ports/options.ts';
import { StoreError } from '../ports/store.ts';
import type { Context } from './context.ts';
import { frozenShape } from './document.ts';
import { iso } from './format.ts';
import { sendProblem } from './problem.ts';
import { at, problem } from './schema.ts';

export const AUTHOR_CHARACTERS_MAX = 100;
export const REASON_CHARACTERS_MAX = 500;

const line = (charactersMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .regex(/^\P{Cc}+$/u, 'Expected one line without control characters');
const author = line(AUTHOR_CHARACTERS_MAX).meta({
  description: 'Who says so. Without it: whose token it is.',
});
const reason = line(REASON_CHARACTERS_MAX).meta({ description: 'Why, for whoever finds it at night.' });
const until = z.iso
  .datetime({ offset: true })
  .transform((text): Instant => Date.parse(text))
  .meta({ description: 'When it ends.' });
const lasts = duration('How long it lasts, such as 90m or 2h; or `until` when.');

const POINTS = 'Expected an integer from 0 to 100, or "exclude"';

export const pinBody = z.strictObject({
  weight: z
    .union([z.int(POINTS).min(0, POINTS).max(100, POINTS), z.literal('exclude')], POINTS)
    .meta({ description: 'Points of 100; `exclude`: no jobs at all, not even as a last resort.' }),
  for: lasts.optional(),
  until: until.optional(),
  reason,
  author: author.optional(),
});
export const freezeBody = z.strictObject({
  for: lasts.optional(),
  until: until.optional(),
  reason,
  author: author.optional(),
});
export const signed = z.strictObject({ reason: reason.optional(), author: author.optional() });

export const pinShape = z.object({
  route: z.string(),
  target: z.string(),
  weight: z.union([z.number().int(), z.literal('exclude')]),
  until: at,
  author: z.string(),
  reason: z.string(),
});
export const freezeShape = z.object({
  route: z.string().nullable().meta({ description: 'null: all routes.' }),
  since: at,
  until: at.nullable().meta({ description: 'null: until somebody lifts it.' }),
  author: z.string(),
  reason: z.string(),
});
export const planShape = z.object({
  id: z.string(),
  mode: z.enum(['dry_run', 'enforce']),
  posture: z.enum(['normal', 'spill', 'panic', 'frozen']),
  weights: z.record(z.string(), z.number().int()),
  frozen: z.object({ since: at, until: at.nullable(), why: z.string(), by: z.string() }).nullable().meta({
    description: 'What holds it, if anything does; `by` is `policy` or `file` where no person did.',
  }),
});
export const pinned = z.object({ pin: pinShape.nullable(), route: planShape });
export const frozen = z.object({ freeze: freezeShape.nullable(), routes: z.array(planShape) });

const REFUSED: Record<Refusal['code'], 400 | 404 | 409> = {
  unknown_route: 404,
  unknown_target: 404,
  not_pinned: 404,
  not_frozen: 409,
  ended: 400,
  too_long: 400,
  reserved: 400,
};
export const ERRORS = { 400: problem, 401: problem, 403: problem, 404: problem, 409: problem, 503: problem };
const NO_REASON = 'no reason was given';

export type PlanShape = z.output<typeof planShape>;

/** null where no end is given. */
export function endOf(
  body: { for?: number | undefined; until?: Instant | undefined },
  now: Instant,
): Instant | null | 'both' {
  if (body.for !== undefined && body.until !== undefined) return 'both';
  return body.for === undefined ? (body.until ?? null) : now + body.for;
}

export function signedBy(
  said: { author?: string | undefined; reason?: string | undefined },
  { sender }: FastifyRequest,
): Signed {
  return { author: said.author ?? sender, reason: said.reason ?? NO_REASON };
}

/** A store that does not take what a person says is no fault of theirs, nor a secret. */
export async function attempt(reply: FastifyReply, deed: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await deed();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return sendProblem(
      reply,
      503,
      'The store does not take it at the moment, so it may not have been done; look, and say it again.',
    );
  }
}

export function refuse(reply: FastifyReply, { code, text }: Refusal): FastifyReply {
  return sendProblem(reply, REFUSED[code], text);
}

export function send(
  reply: FastifyReply,
  body: z.infer<typeof pinned> | z.infer<typeof frozen>,
): FastifyReply {
  return reply.code(200).header('cache-control', 'no-store').send(body);
}

export function pinOf(pin: RoutePin): z.infer<typeof pinShape> {
  return { ...pin, until: iso(pin.until) };
}

export function freezeOf(freeze: Freeze): z.infer<typeof freezeShape> {
  const { since, until } = freeze;
  return { ...freeze, since: iso(since), until: until === null ? null : iso(until) };
}

export function plansOf(context: Context, route: string | null): z.infer<typeof planShape>[] {
  return context.settings.routes
    .filter(({ id }) => route === null || id === route)
    .map(({ id }) => planOf(context, id));
}

export function planOf({ view, settings }: Context, id: string): z.infer<typeof planShape> {
  const plan = view.plans().get(id);
  const mode = settings.routes.find((route) => route.id === id)?.mode ?? 'dry_run';
  return {
    id,
    mode,
    posture: plan?.posture ?? 'normal',
    weights: Object.fromEntries(plan?.members.map(({ target, weight }) => [target, weight]) ?? []),
    frozen: frozenShape(plan?.frozen ?? null),
  };
}

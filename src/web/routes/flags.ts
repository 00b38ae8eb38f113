/**
 * OpenFeature's remote evaluation protocol: a flag is a route, its value the target that the key is given to
 * (https://github.com/open-feature/protocol/blob/main/service/openapi.yaml, checked 2026-11-22). Errors have that
 * protocol's shape.
 */

import { createHash } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Route } from '../../core/route.ts';
import { bucketOf } from '../bucket.ts';
import { type App, type Context, sendTagged } from '../context.ts';
import { indexOf, sharesOf } from '../follow.ts';
import { JSON_TYPE } from '../fresh.ts';
import { wholeId } from './ids.ts';

export const TARGETING_KEY_CHARACTERS_MAX = 1_000;

const CODES = [
  'PARSE_ERROR',
  'TARGETING_KEY_MISSING',
  'INVALID_CONTEXT',
  'FLAG_NOT_FOUND',
  'GENERAL',
] as const;
const failure = z.object({
  key: z.string().optional(),
  errorCode: z.enum(CODES),
  errorDetails: z.string(),
});
type Failure = z.infer<typeof failure>;

const success = z.object({
  key: z.string(),
  reason: z.literal('SPLIT'),
  variant: z.string(),
  value: z.string().meta({ description: 'The id of the target.' }),
  metadata: z.record(z.string(), z.string()).meta({
    description: 'The index, on what the weights are based, and the fallback order, separated by commas.',
  }),
});
type Success = z.infer<typeof success>;

const tags = ['flags'];

export function flagRoutes(app: App, context: Context): void {
  singleRoute(app, context);
  bulkRoute(app, context);
}

function singleRoute(app: App, context: Context): void {
  app.post(
    '/ofrep/v1/evaluate/flags/:key',
    {
      config: { scope: 'read' },
      errorHandler,
      schema: {
        tags,
        summary: 'The target for a targeting key (OpenFeature Remote Evaluation Protocol)',
        description: 'The same key is given to the same target for as long as the weights allow.',
        params: z.object({ key: wholeId }),
        response: { 200: success, 400: failure, 404: failure },
      },
    },
    async (request, reply) => {
      const { key } = request.params;
      const route = context.settings.routes.find(({ id }) => id === key);
      if (route === undefined)
        return reply.code(404).send(refusal('FLAG_NOT_FOUND', 'No route of that id is configured.', key));
      const asked = keyIn(request.body);
      if ('errorCode' in asked) return reply.code(400).send({ key, ...asked });
      return evaluate(route, asked.targetingKey, context);
    },
  );
}

function bulkRoute(app: App, context: Context): void {
  app.post(
    '/ofrep/v1/evaluate/flags',
    {
      config: { scope: 'read' },
      errorHandler,
      schema: {
        tags,
        summary: 'The target of every route for a targeting key',
        response: { 200: z.object({ flags: z.array(success) }), 400: failure },
      },
    },
    async (request, reply) => {
      const asked = keyIn(request.body);
      if ('errorCode' in asked) return reply.code(400).send(asked);
      const flags = context.settings.routes.map((route) => evaluate(route, asked.targetingKey, context));
      const told = flags.map(({ key, value, metadata }) => [
        key,
        value,
        metadata['fallback'],
        metadata['basis'],
      ]);
      const hash = createHash('sha256').update(JSON.stringify(told)).digest('base64url').slice(0, 22);
      const answer = { tag: `W/"${hash}"`, type: JSON_TYPE, body: JSON.stringify({ flags }) };
      return sendTagged(reply, request.headers['if-none-match'], answer);
    },
  );
}

function evaluate(route: Route, targetingKey: string, { view, clock }: Context): Success {
  const shares = sharesOf(route, view, clock.now());
  const target = bucketOf(shares, targetingKey);
  const metadata = { index: indexOf(view), basis: shares.basis, fallback: shares.fallback.join(',') };
  return { key: route.id, reason: 'SPLIT', variant: target, value: target, metadata };
}

function keyIn(body: unknown): { targetingKey: string } | Failure {
  const context = z.object({ context: z.record(z.string(), z.unknown()) }).safeParse(body).data?.context;
  if (context === undefined)
    return refusal('INVALID_CONTEXT', 'Expected an object with an object "context".');
  const key = context['targetingKey'];
  if (key === undefined || key === '')
    return refusal('TARGETING_KEY_MISSING', 'Expected a "targetingKey": jobs are shared out by it.');
  if (typeof key !== 'string' || key.length > TARGETING_KEY_CHARACTERS_MAX)
    return refusal(
      'INVALID_CONTEXT',
      `Expected "targetingKey" to be a text of at most ${TARGETING_KEY_CHARACTERS_MAX} characters.`,
    );
  return { targetingKey: key };
}

function refusal(errorCode: Failure['errorCode'], errorDetails: string, key?: string): Failure {
  return { ...(key === undefined ? {} : { key }), errorCode, errorDetails };
}

/** What the HTTP layer refuses, in this protocol's words; faults of ours go on to where all go. */
function errorHandler(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  if ((error.statusCode ?? 500) >= 500) throw error;
  void reply
    .code(400)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(refusal('PARSE_ERROR', 'Expected a JSON object of moderate size as the body.')));
}

/** Where people pin weights. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RoutePin } from '../../core/hands.ts';
import type { App, Context } from '../context.ts';
import {
  attempt,
  endOf,
  ERRORS,
  pinBody,
  pinned,
  pinOf,
  pinShape,
  planOf,
  refuse,
  send,
  signed,
  signedBy,
} from '../hands.ts';
import { sendProblem } from '../problem.ts';
import { wholeId } from './ids.ts';

type Params = { route: string; target: string };

export function pinRoutes(app: App, context: Context): void {
  const tags = ['operate'];
  const params = z.object({ route: wholeId, target: wholeId });
  const putSchema = {
    tags,
    summary: "Pin one target's weight in one route, above every rule, for at most 24 hours",
    description: 'In force, and in the answer, at once; it survives a restart and ends by itself.',
    body: pinBody,
    response: { 200: pinned, ...ERRORS },
  };
  const removeSchema = {
    tags,
    summary: 'Take a pin back',
    querystring: signed,
    response: { 200: pinned, ...ERRORS },
  };
  app.put('/v1/pins/:route/:target', { schema: { ...putSchema, params } }, (request, reply) =>
    pin(context, request.params, request.body, request, reply),
  );
  app.delete('/v1/pins/:route/:target', { schema: { ...removeSchema, params } }, (request, reply) =>
    unpin(context, request.params, request.query, request, reply),
  );
  // A target's slash need not be encoded.
  const spelled = z.object({ route: wholeId, '*': wholeId });
  const paramsOf = (given: z.output<typeof spelled>) => ({ route: given.route, target: given['*'] });
  app.put('/v1/pins/:route/*', { schema: { ...putSchema, hide: true, params: spelled } }, (request, reply) =>
    pin(context, paramsOf(request.params), request.body, request, reply),
  );
  app.delete(
    '/v1/pins/:route/*',
    { schema: { ...removeSchema, hide: true, params: spelled } },
    (request, reply) => unpin(context, paramsOf(request.params), request.query, request, reply),
  );
  app.get(
    '/v1/pins',
    {
      schema: {
        tags,
        summary: 'What is pinned, by whom, why and until when',
        response: { 200: z.object({ pins: z.array(pinShape) }) },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { pins: context.hands.said().pins.map(pinOf) };
    },
  );
}

async function pin(
  context: Context,
  params: Params,
  body: z.output<typeof pinBody>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { hands, clock } = context;
  const end = endOf(body, clock.now());
  if (end === null || end === 'both')
    return sendProblem(
      reply,
      400,
      'A pin needs an end: either for, such as 2h, or until, at most 24 hours ahead.',
    );
  const { weight } = body;
  const pin: RoutePin = { ...params, weight, until: end, ...signedBy(body, request) };
  return attempt(reply, async () => {
    const answer = await hands.pin(pin);
    if (answer.is === 'refused') return refuse(reply, answer.refusal);
    return send(reply, { pin: pinOf(pin), route: planOf(context, params.route) });
  });
}

async function unpin(
  context: Context,
  params: Params,
  query: z.output<typeof signed>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  return attempt(reply, async () => {
    const answer = await context.hands.unpin(params.route, params.target, signedBy(query, request));
    if (answer.is === 'refused') return refuse(reply, answer.refusal);
    return send(reply, { pin: null, route: planOf(context, params.route) });
  });
}

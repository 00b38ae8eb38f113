/** Where people stop all movement of weights, and let it go on. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App, Context } from '../context.ts';
import {
  attempt,
  endOf,
  ERRORS,
  freezeBody,
  freezeOf,
  freezeShape,
  frozen,
  planShape,
  plansOf,
  refuse,
  send,
  signed,
  signedBy,
} from '../hands.ts';
import { sendProblem } from '../problem.ts';
import { wholeId } from './ids.ts';

export function freezeRoutes(app: App, context: Context): void {
  const tags = ['operate'];
  const params = z.object({ route: wholeId });
  const response = { 200: frozen, ...ERRORS };
  const putAll = { tags, summary: 'Hold the weights of all routes as they are', body: freezeBody, response };
  const putOne = { ...putAll, params, summary: 'Hold the weights of one route as they are' };
  const description = "Freezes of the policy's own end with it. A freeze file is lifted by removing it.";
  const liftAll = {
    tags,
    summary: 'Lift the freeze of all routes',
    description,
    querystring: signed,
    response,
  };
  const liftOne = { ...liftAll, params, summary: "Lift a route's own freeze" };
  app.put('/v1/freeze', { schema: putAll }, (request, reply) =>
    freeze(context, null, request.body, request, reply),
  );
  app.put('/v1/freeze/:route', { schema: putOne }, (request, reply) =>
    freeze(context, request.params.route, request.body, request, reply),
  );
  app.delete('/v1/freeze', { schema: liftAll }, (request, reply) =>
    thaw(context, null, request.query, request, reply),
  );
  app.delete('/v1/freeze/:route', { schema: liftOne }, (request, reply) =>
    thaw(context, request.params.route, request.query, request, reply),
  );
  app.get(
    '/v1/freeze',
    {
      schema: {
        tags,
        summary: 'What is frozen, by whom, why and until when',
        response: { 200: z.object({ freezes: z.array(freezeShape), routes: z.array(planShape) }) },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { freezes: context.hands.said().freezes.map(freezeOf), routes: plansOf(context, null) };
    },
  );
}

async function freeze(
  context: Context,
  route: string | null,
  body: z.output<typeof freezeBody>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { hands, clock } = context;
  const end = endOf(body, clock.now());
  if (end === 'both') return sendProblem(reply, 400, 'Expected for or until, or none of them, got both.');
  return attempt(reply, async () => {
    const answer = await hands.freeze(route, end, signedBy(body, request));
    if (answer.is === 'refused') return refuse(reply, answer.refusal);
    return send(reply, { freeze: freezeOf(answer.what), routes: plansOf(context, route) });
  });
}

async function thaw(
  context: Context,
  route: string | null,
  query: z.output<typeof signed>,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  return attempt(reply, async () => {
    const answer = await context.hands.thaw(route, signedBy(query, request));
    if (answer.is === 'refused') return refuse(reply, answer.refusal);
    return send(reply, { freeze: null, routes: plansOf(context, route) });
  });
}

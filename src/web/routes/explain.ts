/** Why a target is believed to be as it is, and why a route gives it the weight that it has. */

import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Target } from '../../core/model.ts';
import { shownState } from '../../core/weights.ts';
import type { App, Context } from '../context.ts';
import { createDecisions, type Decision } from '../decisions.ts';
import { stateOf } from '../document.ts';
import { iso } from '../format.ts';
import { sendProblem } from '../problem.ts';
import { at, problem, shownState as stateShape } from '../schema.ts';
import { why, whyNow, whyShape } from '../why.ts';
import { wholeId } from './ids.ts';

export const explanation = why.extend({ target: z.string(), state: stateShape });
export type Explanation = z.infer<typeof explanation>;

const decision = z.object({
  at,
  index: z.string(),
  weight: z.number(),
  before: z
    .number()
    .nullable()
    .meta({ description: 'The weight until then; null for the first that is known.' }),
  base_weight: z.number(),
  role: z.enum(['serve', 'drain', 'exclude']),
  posture: z.enum(['normal', 'spill', 'panic', 'frozen']),
  state: stateShape,
  reason: z.object({ code: z.string(), text: z.string() }),
  factors: z.record(z.string(), z.unknown()).meta({ description: 'By what the base weight is multiplied.' }),
  explain: z.string().nullable().meta({ description: 'The weight as a line that can be checked by hand.' }),
});
const routed = explanation.extend({
  route: z.string(),
  decisions: z.array(decision).meta({
    description:
      'What changed its weight, role, state or factors since the start of the daemon, newest first.',
  }),
});

export function explainRoutes(app: App, context: Context): void {
  app.get(
    '/v1/explain',
    {
      schema: {
        tags: ['status'],
        summary: 'Why a target is believed to be as it is, and what moved that belief',
        description: 'As of this moment: time moves belief as well, and so do jobs that are overdue.',
        querystring: z.object({ target: wholeId }),
        response: { 200: explanation, 400: problem, 404: problem },
      },
    },
    async (request, reply) => {
      const setting = context.settings.targets.find(({ target }) => target.id === request.query.target);
      if (setting === undefined) return sendProblem(reply, 404, 'No target of that id is configured.');
      return explained(setting.target, context);
    },
  );
  routedRoutes(app, context);
}

function routedRoutes(app: App, context: Context): void {
  const decisionsOn = createDecisions(context.view, context);
  const send = (routeId: string, targetId: string, reply: FastifyReply) => {
    const setting = context.settings.targets.find(({ target }) => target.id === targetId);
    const route = context.settings.routes.find(({ id }) => id === routeId);
    const isMember = route?.members.some(({ target }) => target === targetId) ?? false;
    if (setting === undefined || !isMember)
      return sendProblem(reply, 404, 'No route of that id with a target of that id is configured.');
    const decisions = decisionsOn(routeId, targetId).map(decisionShape);
    return { route: routeId, ...explained(setting.target, context), decisions };
  };
  app.get(
    '/v1/explain/:route/:target',
    {
      schema: {
        tags: ['status'],
        summary: 'The last decisions about a target of a route, and what is believed of it now',
        params: z.object({ route: wholeId, target: wholeId }),
        response: { 200: routed, 404: problem },
      },
    },
    async (request, reply) => send(request.params.route, request.params.target, reply),
  );
  const spelledOut = { schema: { hide: true, params: z.object({ route: wholeId, '*': wholeId }) } };
  app.get('/v1/explain/:route/*', spelledOut, async (request, reply) =>
    send(request.params.route, request.params['*'], reply),
  );
}

function decisionShape({ at, index, before, posture, member, line }: Decision): z.infer<typeof decision> {
  const { weight, baseWeight, role, state, reason, factors } = member;
  return {
    at: iso(at),
    index,
    weight,
    before,
    base_weight: baseWeight,
    role,
    posture,
    state,
    reason,
    factors: { ...factors },
    explain: line,
  };
}

function explained(target: Target, context: Context): Explanation {
  const now = context.clock.now();
  const found = whyNow(target, { ...context, now });
  const shape = found === null ? { ...UNSEEN, at: iso(now) } : whyShape(found, now);
  return { target: target.id, state: shownState(stateOf(target.id, context)), ...shape };
}

const UNSEEN = { fault: 0, sentences: ['nothing has been seen of it yet'], explanations: [], signs: [] };

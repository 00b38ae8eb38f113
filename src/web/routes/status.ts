/** What routers read: the status document, rendered once and served from memory, and one target at a time. */

import { z } from 'zod';
import { SECOND } from '../../core/base.ts';
import type { App, Context } from '../context.ts';
import { type Known, stateOf, targetShape } from '../document.ts';
import { observe } from '../observed.ts';
import { sendProblem } from '../problem.ts';
import { problem, statusDocument as statusSchema } from '../schema.ts';
import { paymentShape, targetDetail, targetExtras, usersShape } from '../detail.ts';
import { JSON_TYPE, sendFresh } from '../fresh.ts';
import { runShape } from '../shapes.ts';
import { WAIT_S, WAIT_S_MAX } from '../waiting.ts';
import { whyNow, whyShape } from '../why.ts';
import { wholeId } from './ids.ts';

const TARGET_RUNS_MAX = 20;
/** For those who find every place to wait taken. */
const RETRY_AFTER_S = 5;

const query = z.object({
  route: z.string().min(1).max(200).optional().meta({ description: 'Only the plan of this route.' }),
  index: z
    .string()
    .max(40)
    .regex(/^\d+\.\d+$/, 'Expected an index such as 7.412')
    .optional()
    .meta({
      description:
        'The index that you have, from `Reelwatch-Index`: the answer waits until there is news since.',
    }),
  wait: z.coerce.number().min(0).max(WAIT_S_MAX).default(WAIT_S).meta({
    description: 'With `index`: how many seconds to wait at most; up to a sixteenth more is added.',
  }),
});

export function statusRoutes(app: App, context: Context): void {
  statusRoute(app, context);
  targetRoutes(app, context);
}

function statusRoute(app: App, context: Context): void {
  const { view, settings, bodies, waiting } = context;
  app.addHook('preClose', async () => waiting.close());

  app.get(
    '/v1/status',
    {
      schema: {
        tags: ['status'],
        summary: 'Every target and every route, for routers and people',
        description:
          'Always 200, even when every provider is down. Poll with If-None-Match: a 304 renews Reelwatch-Valid-Until. ' +
          'Or wait with index: an answer does not promise a change.',
        querystring: query,
        response: { 200: statusSchema, 400: problem, 404: problem, 503: problem },
      },
    },
    async (request, reply) => {
      const { route, index, wait } = request.query;
      if (route !== undefined && !settings.routes.some(({ id }) => id === route))
        return sendProblem(reply, 404, 'No route of that id is configured.');
      if (index !== undefined) {
        const turn = waiting.wait(index, wait * SECOND, (gone) => reply.raw.once('close', gone));
        if (turn === null) {
          reply.header('retry-after', String(RETRY_AFTER_S));
          return sendProblem(reply, 503, 'Too many wait already; poll, or come back in a moment.');
        }
        await turn;
      }
      const body = await bodies.of(route ?? null);
      // Weak: the figures beside the weights, and the time until which they hold, move on under the same tag.
      return sendFresh(request, reply, view, { tag: `W/"${body.index}"`, type: JSON_TYPE, body });
    },
  );
}

function targetRoutes(app: App, context: Context): void {
  const one = {
    schema: {
      tags: ['status'],
      summary: 'One target with its evidence and its last runs',
      params: z.object({ id: wholeId }),
      response: { 200: targetDetail, 404: problem },
    },
  };
  app.get('/v1/targets/:id', one, async (request, reply) => {
    const detail = await targetOf(context, request.params.id);
    return detail ?? sendProblem(reply, 404, 'No target of that id is configured.');
  });
  const spelledOut = { schema: { hide: true, params: z.object({ '*': wholeId }) } };
  app.get('/v1/targets/*', spelledOut, async (request, reply) => {
    const detail = await targetOf(context, request.params['*']);
    return detail ?? sendProblem(reply, 404, 'No target of that id is configured.');
  });
}

async function targetOf(context: Context, id: string): Promise<z.infer<typeof targetDetail> | null> {
  const setting = context.settings.targets.find(({ target }) => target.id === id);
  if (!setting) return null;
  const runs = await context.recent.runs();
  const known: Known = { ...context, runs, now: context.clock.now() };
  const records = await context.store.runs({ targets: [id], limit: TARGET_RUNS_MAX });
  const why = whyNow(setting.target, known);
  return {
    ...targetShape(setting.target, known),
    ...paymentShape(setting.target, known),
    observed: observe(runs.get(id) ?? [], known.now),
    users: usersShape(context.outcomes.recent().get(id)),
    why: why && whyShape(why, known.now),
    ...targetExtras(stateOf(id, known), context.view.checks().get(id)),
    runs: records.map(runShape),
  };
}

/** What routers read: the status document, rendered once and served from memory, and one target at a time. */

import { z } from 'zod';
import { MINUTE } from '../../core/base.ts';
import { type App, type Context, sendTagged } from '../context.ts';
import { type Known, stateOf, statusDocument, targetShape } from '../document.ts';
import { iso } from '../format.ts';
import { observe } from '../observed.ts';
import { sendProblem } from '../problem.ts';
import { problem, statusDocument as statusSchema } from '../schema.ts';
import { targetDetail, targetExtras } from '../detail.ts';
import { runShape } from '../shapes.ts';
import { whyNow, whyShape } from '../why.ts';
import { wholeId } from './ids.ts';

const TARGET_RUNS_MAX = 20;
/** `observed` looks back from the present, so that it fades while nothing happens. */
const REFRESH_EVERY_MS = MINUTE;

export function statusRoutes(app: App, context: Context): void {
  const { view, settings } = context;
  const bodyOf = createBodies(context);

  app.get(
    '/v1/status',
    {
      schema: {
        tags: ['status'],
        summary: 'Every target and every route, for routers and people',
        description:
          'Always 200, even when every provider is down. Poll with If-None-Match: a 304 renews Reelwatch-Valid-Until.',
        querystring: z.object({
          route: z.string().min(1).max(200).optional().meta({ description: 'Only the plan of this route.' }),
        }),
        response: { 200: statusSchema, 400: problem, 404: problem },
      },
    },
    async (request, reply) => {
      const { route } = request.query;
      if (route !== undefined && !settings.routes.some(({ id }) => id === route))
        return sendProblem(reply, 404, 'No route of that id is configured.');
      const body = await bodyOf(route ?? null);
      const index = `${view.epoch}.${view.generation()}`;
      reply
        .header('cache-control', 'private, max-age=5, stale-if-error=900')
        .header('reelwatch-index', index)
        .header('reelwatch-valid-until', iso(view.validUntil()));
      const answer = { tag: `W/"${index}"`, type: 'application/json; charset=utf-8', body };
      return sendTagged(reply, request.headers['if-none-match'], answer);
    },
  );

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

/** Renders a body only when something that stands in it may have changed; at most one is kept for each route. */
function createBodies(context: Context): (route: string | null) => Promise<string> {
  const { view, clock, recent } = context;
  const kept = new Map<string | null, { key: string; body: string }>();
  return async (route) => {
    const runs = await recent.runs();
    const now = clock.now();
    const minute = Math.floor(now / REFRESH_EVERY_MS);
    const key = [view.generation(), view.validUntil(), recent.version(), minute].join(' ');
    const ready = kept.get(route);
    if (ready?.key === key) return ready.body;
    const body = JSON.stringify(statusDocument({ ...context, runs, now }, route));
    kept.set(route, { key, body });
    return body;
  };
}

async function targetOf(context: Context, id: string): Promise<z.infer<typeof targetDetail> | null> {
  const setting = context.settings.targets.find(({ target }) => target.id === id);
  if (!setting) return null;
  const runs = await context.recent.runs();
  const known: Known = { ...context, runs, now: context.clock.now() };
  const records = await context.store.runs({ target: id, limit: TARGET_RUNS_MAX });
  const why = whyNow(setting.target, known);
  return {
    ...targetShape(setting.target, known),
    observed: observe(runs.get(id) ?? [], known.now),
    why: why && whyShape(why, known.now),
    ...targetExtras(stateOf(id, known), context.view.checks().get(id)),
    runs: records.map(runShape),
  };
}

/** A route's weights for routers without much code of their own: as plain numbers, and in each router's own words. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TargetId } from '../../core/model.ts';
import type { Route } from '../../core/route.ts';
import type { Place, Render, Shares } from '../../ports/render.ts';
import type { Settings } from '../../ports/settings.ts';
import { type Body, bodyOf } from '../bodies.ts';
import type { App, Context } from '../context.ts';
import { indexOf, sharesOf } from '../follow.ts';
import { JSON_TYPE, sendFresh } from '../fresh.ts';
import { sendProblem } from '../problem.ts';
import { problem } from '../schema.ts';
import { weightsShape } from '../weights.ts';
import { wholeId } from './ids.ts';

const NO_ROUTE = 'No route of that id is configured.';

export function weightRoutes(app: App, context: Context): void {
  weightsRoute(app, context);
  renderRoute(app, context);
}

function weightsRoute(app: App, context: Context): void {
  const { view, settings, weights } = context;
  app.get(
    '/v1/weights/:route',
    {
      schema: {
        tags: ['status'],
        summary: 'The weights of one route, to be followed as they are',
        description: 'The base weights for a route in dry run, and once the plan has expired.',
        params: z.object({ route: wholeId }),
        response: { 200: weightsShape, 404: problem },
      },
    },
    async (request, reply) => {
      const route = settings.routes.find(({ id }) => id === request.params.route);
      if (route === undefined) return sendProblem(reply, 404, NO_ROUTE);
      const { tag, body } = weights(route);
      return sendFresh(request, reply, view, { tag, type: JSON_TYPE, body });
    },
  );
}

function renderRoute(app: App, context: Context): void {
  const { view, settings, renders } = context;
  const textOf = createTexts(context);
  const formats = renders.map(({ format }) => format).join(', ');
  app.get(
    '/v1/render/:format/:route',
    {
      schema: {
        tags: ['status'],
        summary: "The weights of one route in a router's own words",
        description:
          `Formats: ${formats}. The same bytes for the same weights, without any time, and 200 unless If-None-Match is ` +
          'sent. The base weights for a route in dry run, and once the plan has expired.',
        params: z.object({ format: z.string().max(40), route: wholeId }),
        response: {
          200: z.any().meta({ description: 'As the format wants it.' }),
          404: problem,
          409: problem,
        },
      },
    },
    async (request, reply) => {
      const render = renders.find(({ format }) => format === request.params.format);
      if (render === undefined) return sendProblem(reply, 404, `No such format. There are ${formats}.`);
      const route = settings.routes.find(({ id }) => id === request.params.route);
      if (route === undefined) return sendProblem(reply, 404, NO_ROUTE);
      const homeless = homelessIn(route, settings);
      if (render.needsAddresses && homeless.length > 0)
        return sendProblem(reply, 409, `This format needs the option address of ${homeless.join(', ')}.`);
      return sendFresh(request, reply, view, { ...textOf(render, route), type: render.mediaType });
    },
  );
}

/** The newest text of each format and route; written again only where the shares are other ones. */
function createTexts({ view, clock, settings, signer }: Context) {
  const kept = new Map<string, { key: string; tag: string; body: Body }>();
  const placeOf = placesOf(settings);
  return (render: Render, route: Route): { tag: string; body: Body } => {
    const shares = sharesOf(route, view, clock.now());
    const key = keyOf(shares);
    const name = `${render.format} ${route.id}`;
    const ready = kept.get(name);
    // Bytes last longer than the index that they were first made at.
    if (ready?.key === key) return { tag: ready.tag, body: { ...ready.body, index: indexOf(view) } };
    const text = render.write(shares, placeOf);
    const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    const made = { key, tag, body: bodyOf(indexOf(view), text, signer) };
    kept.set(name, made);
    return made;
  };
}

function keyOf({ members, fallback }: Shares): string {
  return JSON.stringify([members.map(({ target, weight, role }) => [target, weight, role]), fallback]);
}

function homelessIn(route: Route, settings: Settings): TargetId[] {
  const placeOf = placesOf(settings);
  return route.members.map(({ target }) => target).filter((target) => placeOf(target).address === null);
}

function placesOf(settings: Settings): (target: TargetId) => Place {
  const places = new Map(
    settings.targets.map(({ target, address }) => {
      const { id, provider, model, region } = target;
      return [id, { provider, model, region, address: address ?? null }];
    }),
  );
  return (id) => places.get(id) ?? { provider: id, model: id, region: null, address: null };
}

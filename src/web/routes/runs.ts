/** What happened: runs, their traces and their pictures. */

import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { App, Context } from '../context.ts';
import { sendProblem } from '../problem.ts';
import { problem } from '../schema.ts';
import { run, runDetail, runDetailShape, runShape } from '../shapes.ts';
import { wholeId } from './ids.ts';

export const RUNS_LIMIT_MAX = 200;
const RUNS_LIMIT = 20;
/** Of all targets together: an answer is made in one go, and nothing else happens meanwhile. */
const ROWS_MAX = 1_000;
const TARGETS_MAX = 200;

export function runRoutes(app: App, context: Context): void {
  listRoute(app, context);
  singleRoutes(app, context);
}

function listRoute(app: App, { store, settings }: Context): void {
  const ids = settings.targets.map(({ target }) => target.id);
  app.get(
    '/v1/runs',
    {
      schema: {
        tags: ['runs'],
        summary: 'The newest runs of one target, or of each',
        description:
          `An answer holds at most ${ROWS_MAX} runs, and runs of at most ${TARGETS_MAX} targets, in the order in which they are ` +
          'configured. Where more targets follow, `next` is the address of the next answer.',
        querystring: z.object({
          target: wholeId.optional(),
          limit: z.coerce
            .number()
            .int()
            .min(1)
            .max(RUNS_LIMIT_MAX)
            .default(RUNS_LIMIT)
            .meta({ description: 'How many runs of each target.' }),
          after: wholeId.optional().meta({ description: 'The target after which to go on, as in `next`.' }),
        }),
        response: {
          200: z.object({ runs: z.array(run), next: z.string().nullable() }),
          400: problem,
          404: problem,
        },
      },
    },
    async (request, reply) => {
      const { target, limit, after } = request.query;
      const isUnknown = [target, after].some((id) => id !== undefined && !ids.includes(id));
      if (isUnknown) return sendProblem(reply, 404, 'No target of that id is configured.');
      const left =
        target === undefined ? ids.slice(after === undefined ? 0 : ids.indexOf(after) + 1) : [target];
      const targets = left.slice(0, Math.min(TARGETS_MAX, Math.floor(ROWS_MAX / limit)));
      const records = await store.runs({ targets, limit });
      const last = targets.at(-1);
      const isMore = last !== undefined && targets.length < left.length;
      const next = isMore ? `/v1/runs?limit=${limit}&after=${encodeURIComponent(last)}` : null;
      return { runs: records.map(runShape), next };
    },
  );
}

function singleRoutes(app: App, { store }: Context): void {
  async function sendRun(id: string, reply: FastifyReply) {
    const record = await store.run(id);
    return record ? runDetailShape(record) : sendProblem(reply, 404, UNKNOWN);
  }

  async function sendFrame(id: string, reply: FastifyReply): Promise<FastifyReply> {
    const jpeg = await store.frame(id);
    if (jpeg === null) return sendProblem(reply, 404, 'There is no picture of that run, or no longer.');
    // A run has one picture for ever.
    reply.header('cache-control', 'private, max-age=86400, immutable');
    return reply.type('image/jpeg').send(Buffer.from(jpeg));
  }

  const params = z.object({ id: wholeId });
  app.get(
    '/v1/runs/:id',
    {
      schema: {
        tags: ['runs'],
        summary: 'One run: order, steps, verdict, findings, cost',
        params,
        response: { 200: runDetail, 404: problem },
      },
    },
    (request, reply) => sendRun(request.params.id, reply),
  );
  app.get(
    '/v1/runs/:id/frame',
    {
      schema: {
        tags: ['runs'],
        summary: 'A frame of the video, as JPEG',
        produces: ['image/jpeg'],
        params,
        response: { 200: z.any().meta({ description: 'The picture.' }), 404: problem },
      },
    },
    (request, reply) => sendFrame(request.params.id, reply),
  );
  const spelledOut = { schema: { hide: true, params: z.object({ '*': wholeId }) } };
  app.get('/v1/runs/*', spelledOut, async (request, reply) => {
    const id = request.params['*'];
    return id.endsWith(FRAME) ? sendFrame(id.slice(0, -FRAME.length), reply) : sendRun(id, reply);
  });
}

const FRAME = '/frame';
const UNKNOWN = 'No run of that id is known, or no longer: old ones are cleared away.';

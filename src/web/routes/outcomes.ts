/** Where routers tell what users' jobs came to. */

import { z } from 'zod';
import { SECOND } from '../../core/base.ts';
import type { App, Context } from '../context.ts';
import { jobSchema } from '../job.ts';
import { countOf, createTaker, linesOf, LINES_MAX, REASONS_MAX } from '../lines.ts';
import { sendProblem } from '../problem.ts';
import { problem } from '../schema.ts';

export const OUTCOME_BYTES_MAX = 1024 * 1024;
/** Batches that are held at once, each of the size above at most. */
export const BATCHES_MAX = 32;

const answer = z.object({
  accepted: z.number().int(),
  refused: z
    .array(z.object({ line: z.number().int(), reason: z.string() }))
    .max(REASONS_MAX)
    .meta({ description: 'The first of them; lines are counted from 1.' }),
  refused_count: z.number().int(),
});

const posted = z.union([jobSchema, z.array(jobSchema)]);
const DESCRIPTION =
  'Evidence for detection beside canaries; never a weight by itself. Lines that are late, ahead of time, told before or malformed are refused one by one: 200 where all are taken, 207 where some are not. 429 with Retry-After where more comes than is taken.';

const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

export function outcomeRoutes(app: App, context: Context): void {
  const { outcomes } = context;
  let inHand = 0;
  const takeAll = createTaker(context.clock);

  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    for (const type of ['application/json', ...NDJSON]) {
      scope.addContentTypeParser(
        type,
        // As bytes and then as one text: joining a text out of its pieces would cost more.
        { parseAs: 'buffer', bodyLimit: OUTCOME_BYTES_MAX },
        (_request, body, done) => done(null, { text: body.toString(), isLines: type !== 'application/json' }),
      );
    }
    scope.post(
      '/v1/outcomes',
      {
        config: { scope: 'report' },
        schema: {
          tags: ['outcomes'],
          summary: "What users' jobs came to: one, an array, or one a line (NDJSON)",
          description: DESCRIPTION,
          body: posted,
          consumes: ['application/json', ...NDJSON],
          response: { 200: answer, 207: answer, 400: problem, 403: problem, 413: problem, 429: problem },
        },
        bodyLimit: OUTCOME_BYTES_MAX,
        // The schema of the body is for the documentation: a line that is wrong must not spoil the others.
        validatorCompiler: () => (value) => ({ value }),
        // Before the body is read: whoever sends too much must not cost anything.
        onRequest: async (_request, reply) => {
          const waitMs = inHand >= BATCHES_MAX ? SECOND : outcomes.waitMs();
          if (waitMs === 0) return undefined;
          reply.header('retry-after', String(Math.ceil(waitMs / SECOND)));
          return sendProblem(reply, 429, 'More outcomes come than are taken; send larger batches, or fewer.');
        },
      },
      async (request, reply) => {
        const { text, isLines } = request.body as { text: string; isLines: boolean };
        const { sender } = request;
        const lines = linesOf(text, isLines);
        if (lines === null)
          return sendProblem(reply, 400, 'The body is neither a JSON object nor an array of them.');
        const count = countOf(lines);
        if (count > LINES_MAX)
          return sendProblem(reply, 413, `A batch holds at most ${LINES_MAX} lines, got ${count}.`);
        inHand += 1;
        const taking = takeAll(lines, () => outcomes.open(sender));
        const { accepted, refused, refusedCount } = await taking.finally(() => {
          inHand -= 1;
        });
        return reply
          .code(refusedCount === 0 ? 200 : 207)
          .header('cache-control', 'no-store')
          .send({ accepted, refused, refused_count: refusedCount });
      },
    );
  });
}

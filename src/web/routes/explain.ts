/** Why a target is believed to be as it is. */

import { z } from 'zod';
import type { Target } from '../../core/model.ts';
import { shownState } from '../../core/weights.ts';
import type { App, Context } from '../context.ts';
import { stateOf } from '../document.ts';
import { iso } from '../format.ts';
import { sendProblem } from '../problem.ts';
import { problem, shownState as stateShape } from '../schema.ts';
import { why, whyNow, whyShape } from '../why.ts';
import { wholeId } from './ids.ts';

const explanation = why.extend({ target: z.string(), state: stateShape });
type Explanation = z.infer<typeof explanation>;

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
}

function explained(target: Target, context: Context): Explanation {
  const now = context.clock.now();
  const found = whyNow(target, { ...context, now });
  const shape = found === null ? { ...UNSEEN, at: iso(now) } : whyShape(found, now);
  return { target: target.id, state: shownState(stateOf(target.id, context)), ...shape };
}

const UNSEEN = { fault: 0, sentences: ['nothing has been seen of it yet'], explanations: [], signs: [] };

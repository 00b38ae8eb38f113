/** Why a target is believed to be as it is. */

import { z } from 'zod';
import { EXPLANATIONS } from '../../core/explanations.ts';
import type { Target } from '../../core/model.ts';
import { shownState } from '../../core/weights.ts';
import { signWords, whyOf } from '../../core/why.ts';
import type { App, Context } from '../context.ts';
import { iso } from '../format.ts';
import { rounded } from '../observed.ts';
import { sendProblem } from '../problem.ts';
import { at, problem, shownState as stateShape } from '../schema.ts';
import { wholeId } from './ids.ts';

const DIGITS = 4;

const explanation = z.object({
  target: z.string(),
  at,
  state: stateShape,
  fault: z.number().meta({ description: 'The probability of any fault of the provider, 0 to 1.' }),
  sentences: z.array(z.string()),
  explanations: z.array(z.object({ name: z.enum(EXPLANATIONS), probability: z.number() })),
  signs: z.array(
    z.object({
      at,
      what: z.string(),
      text: z.string(),
      factor: z.number().meta({ description: 'By what it multiplied the odds of a fault.' }),
    }),
  ),
});
type Explanation = z.infer<typeof explanation>;

export function explainRoutes(app: App, context: Context): void {
  app.get(
    '/v1/explain',
    {
      schema: {
        tags: ['status'],
        summary: 'Why a target is believed to be as it is, and what moved that belief',
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

function explained(target: Target, { settings, view, clock }: Context): Explanation {
  const now = clock.now();
  const states = view.states();
  const flights = view.flights().filter((flight) => flight.target === target.id);
  const moment = {
    at: now,
    jobs: flights.map(({ startedAt, phase }) => ({ submittedAt: startedAt, isAccepted: phase !== 'submit' })),
    targets: settings.targets.map((setting) => setting.target),
    states,
  };
  const state = states.get(target.id);
  const why = whyOf(target, moment, settings.policy.detection);
  return {
    target: target.id,
    at: iso(now),
    state: state === undefined ? 'unknown' : shownState(state),
    fault: rounded(why?.fault ?? 0, DIGITS),
    sentences: why?.sentences ?? ['nothing has been seen of it yet'],
    explanations: (why?.explanations ?? []).map(({ name, probability }) => ({
      name,
      probability: rounded(probability, DIGITS),
    })),
    signs: (why?.signs ?? []).map((sign) => ({
      at: iso(sign.seen.at),
      what: signWords(sign),
      text: sign.text,
      factor: rounded(sign.factor, DIGITS),
    })),
  };
}

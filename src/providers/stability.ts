/** Stability AI's image to video (Stable Video Diffusion): a picture of ours goes in, a silent clip comes out. */

import { z } from 'zod';
import { invariant } from '../core/base.ts';
import type { Opaque } from '../core/model.ts';
import type { FormFile, HttpError, Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus, Provider } from '../ports/provider.ts';
import { catalogue, codeTable, defineProvider, waiting, type Models } from './define.ts';
import { knownEnd } from './ends.ts';
import { FIRST_FRAME, readFirstFrames } from './first-frame.ts';
import { planner, type Choice } from './plan.ts';
import { codeOf, firstSaid, inlineVideo, jobId, plainText, readAs, readError, say } from './read.ts';

/** The clip comes inside of JSON; some megabytes are usual. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** $10 for 1,000 credits (platform.stability.ai/pricing as two pages of 2026 quote it, 2026-11-22). */
const USD_PER_CREDIT = 0.01;

const model = catalogue({
  source:
    'the generated OpenAPI in github.com/api-evangelist/stability-ai (August 2026), which says of itself that it was not taken ' +
    'from the vendor; 20 credits a clip as remembered',
  checkedOn: '2026-11-22',
});

/** 25 frames, about 4 s. The smaller side names the size; the square is larger, and costs the same. */
const MODELS: Models = {
  'stable-video-diffusion': model(
    // There is no prompt that could be too long.
    { seconds: [4], promptCharactersMax: 10_000, seed: true, tasks: ['image-to-video'] },
    { '576p/4': 20 * USD_PER_CREDIT },
    { '576p': { '16:9': [1024, 576], '9:16': [576, 1024], '1:1': [768, 768] } },
  ),
};

/** Form fields in order; the picture stands for itself by its size. */
function request({ seed, facts }: Choice): Opaque {
  return [['image', sizeOf(facts)], ...(seed === null ? [] : [['seed', String(seed)]])];
}

function sizeOf({ width, height }: { width: number; height: number }): string {
  return `${width}x${height}`;
}

type Frames = ReadonlyMap<string, FormFile>;

/** The model sees our picture and no words: what the canary expects must be in the picture. */
function plan(models: Models, frames: Frames): Provider['plan'] {
  const planned = planner(models, request);
  return (canary, model) => {
    const order = planned({ ...canary, prompt: { ...canary.prompt, avoid: [] } }, model);
    if ('impossible' in order) return order;
    const makes = `${model} makes only what our first frame shows: ${FIRST_FRAME.shows}`;
    const missing = Object.keys(canary.expect.colours).filter(
      (colour) => !FIRST_FRAME.colours.some((shown) => shown === colour),
    );
    if (missing.length > 0) return { impossible: `colours: ${missing.join(', ')} asked, ${makes}` };
    const size = sizeOf(order.facts);
    if (!frames.has(size))
      return { impossible: `size: ${size} asked, ${model} makes ${[...frames.keys()].join(', ')}` };
    const note = `no prompt: ${model} animates our first frame, ${FIRST_FRAME.shows}`;
    return { ...order, facts: { ...order.facts, notes: [note, ...order.facts.notes] } };
  };
}

const form = z.array(z.tuple([z.string(), z.string()]));

function fieldsWith(frames: Frames, request: Opaque): [name: string, value: string | FormFile][] {
  return form.parse(request).map(([name, value]) => {
    const frame = name === 'image' ? frames.get(value) : undefined;
    invariant(name !== 'image' || frame !== undefined, `there is a first frame of ${value}`);
    return [name, frame ?? value];
  });
}

const job = z.object({ id: jobId });
/** The word beside status 202, which alone says the same. */
const RUNNING = 'in-progress';
const running = z.object({ status: z.string().max(100) }).catch({ status: RUNNING });
const ended = z.object({ finish_reason: z.string().max(100) });
const filmed = z.object({ video: inlineVideo });

function statusOf(reply: Reply<unknown>): JobStatus {
  if (reply.status === 202) {
    const { status } = running.parse(reply.body);
    return status === RUNNING
      ? { is: 'pending', phase: 'generate', progress: null }
      : { is: 'strange', word: status };
  }
  const { finish_reason } = readAs(ended, reply.body, reply);
  switch (finish_reason) {
    case 'SUCCESS':
      return {
        is: 'done',
        asset: { at: 'inline', base64: readAs(filmed, reply.body, reply).video },
        costUsd: null,
      };
    case 'CONTENT_FILTERED':
      return {
        is: 'failed',
        code: finish_reason,
        message: 'the clip was filtered by moderation',
        costUsd: null,
      };
    // A word of the older API for pictures; unverified here.
    case 'ERROR':
      return { is: 'failed', code: finish_reason, message: 'the generation failed', costUsd: null };
    default:
      return { is: 'strange', word: finish_reason };
  }
}

/** Names seen in public issues (jezs00/pycasso 86, ZHO-ZHO-ZHO/ComfyUI-StableDiffusion3-API 2) and in logs, 2026-11-22. */
const causeOfName = codeTable({
  moderated: 'content_moderation',
  no_credit: 'payment_required',
  bad_request: 'bad_request',
});
const causeOfJobCode = codeTable({ moderated: 'CONTENT_FILTERED', unavailable: 'ERROR' });

/** `{id, name, errors: […]}`, or `message` in place of the list. */
function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const errors: unknown = body['errors'];
  const told = Array.isArray(errors) ? errors.filter((text) => typeof text === 'string').join('; ') : null;
  const code = codeOf(body['name']);
  const message = say(told) ?? firstSaid(body['message']) ?? plainText(error);
  return { code, message, cause: causeOfName(code) };
}

const balance = z.object({ credits: z.number() });

export const stability = defineProvider({
  name: 'stability',
  title: 'Stability AI (image to video)',
  docs: { url: 'https://platform.stability.ai/docs/api-reference', checkedOn: '2026-11-22' },
  auth: 'Bearer key',
  freeCheck: 'the balance in credits; it does not touch the route for video',
  parity: { written: 'from a generated OpenAPI and public clients; nothing was recorded' },
  unverified: [
    'Whether the route for video still exists: nothing of the vendor’s says so, and a reseller dropped the model on 2026-06-17.',
    'The price: 20 credits a clip is remembered.',
    'The address of the balance, and the shape of errors.',
    'How much the ball moves without a prompt.',
    'How a failed generation is told apart from a broken answer.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key.'),
    baseUrl: address('Where the API answers.').default('https://api.stability.ai'),
    ...waiting('10s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    const frames = readFirstFrames();
    const anything = z.unknown();
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: plan(models, frames),
      submit: async (order, _key, signal) => {
        const payload = { form: fieldsWith(frames, order.request) };
        const { body } = await api.send('POST', '/v2beta/image-to-video', payload, job, signal);
        return { job: { id: body.id }, jobId: body.id, costUsd: null };
      },
      /** With `accept: application/json` the clip comes inside; with `video/*` a filtered one could not be told. */
      poll: async (saved, signal) => {
        const path = `/v2beta/image-to-video/result/${job.parse(saved).id}`;
        const options = { bytesMax: ANSWER_BYTES_MAX, whenEmpty: null };
        return statusOf(await api.get(path, anything, signal, options));
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: null,
      check: async (_model, signal): Promise<Checked> => {
        const { credits } = (await api.get('/v1/user/balance', balance, signal)).body;
        const balanceUsd = Math.round(credits) * USD_PER_CREDIT;
        return {
          text: `${Math.round(credits)} credits left`,
          balanceUsd: Math.round(balanceUsd * 100) / 100,
          notices: [],
          isListed: null,
        };
      },
      explain,
      causeOfJobCode,
      knownNotice: knownEnd('stability', models, 'https://platform.stability.ai/docs/release-notes'),
    };
  },
});

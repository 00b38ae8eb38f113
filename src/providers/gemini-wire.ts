/** What the Gemini API takes and says: interactions, files, and the operations of Veo. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { InlineFile, Reply } from '../ports/http.ts';
import type { Asset, JobStatus } from '../ports/provider.ts';
import { failedBy } from './google-errors.ts';
import type { Choice } from './plan.ts';
import { fieldsOf, inlineVideo, jobId, readAs } from './read.ts';
import { operationName, predictRequest, readOperation } from './veo-wire.ts';

const STEPS_MAX = 1_000;

/** Veo has a way of ordering of its own, and never left v1beta. */
export function isVeo(model: string): boolean {
  return model.startsWith('veo-');
}

/**
 * The fields of @google/genai 3.1.0 `interactions.create`; there is no seed, negative prompt or count (2026-11-21). A
 * step as input is valid in v1 and v1beta, and is what @ai-sdk/google 4.0.121 sends.
 */
export function geminiRequest(choice: Choice): Opaque {
  const { model, prompt, resolution, facts } = choice;
  if (isVeo(model)) return predictRequest(choice, {});
  return {
    model,
    input: [{ type: 'user_input', content: [{ type: 'text', text: prompt }] }],
    background: true,
    response_format: {
      type: 'video',
      aspect_ratio: facts.aspect,
      duration: `${facts.seconds}s`,
      resolution,
      delivery: 'uri',
    },
  };
}

export const interaction = z.object({
  id: jobId,
  status: z.string().max(100),
  steps: z.array(z.unknown()).max(STEPS_MAX).optional(),
  errors: z.array(z.unknown()).max(STEPS_MAX).optional().catch(undefined),
});
const OPERATION = /^models\/[\w.-]+\/operations\/[\w.-]+$/;
export const operation = z.object({ name: operationName(OPERATION) });
const FILE = /^v1(?:beta)?\/files\/[\w-]+$/;
const filePath = z.string().max(300).regex(FILE);
export const file = z.object({
  name: z.string().max(300),
  state: z.string().max(100),
  error: z.unknown().optional(),
});
export const job = z.union([
  z.object({ operation: operationName(OPERATION) }),
  z.object({ id: jobId, file: filePath.optional() }),
]);

type Interaction = z.output<typeof interaction>;

/** The video among the outputs of an interaction: what the model was given may hold videos too. */
export function videoIn({
  steps = [],
}: Interaction): { data: string | InlineFile } | { file: string } | null {
  const contents = steps
    .map(fieldsOf)
    .filter((step) => step['type'] === 'model_output')
    .flatMap((step) => (Array.isArray(step['content']) ? step['content'] : []));
  const video = contents.map(fieldsOf).findLast((content) => content['type'] === 'video');
  if (video === undefined) return null;
  const { data, uri } = video;
  const inline = inlineVideo.safeParse(data);
  return inline.success ? { data: inline.data } : { file: fileOf(uri) };
}

/** The file behind an address, without its origin: the key goes to no place that an answer names. */
function fileOf(uri: unknown): string {
  const [, version = 'v1beta', id = ''] = /(?:\/(v1(?:beta)?)\/|^)files\/([\w-]+)/.exec(String(uri)) ?? [];
  return filePath.parse(`${version}/files/${id}`);
}

/** Statuses of @google/genai 3.1.0; the file of a finished video is asked for by the caller. */
export function statusOf(reply: Reply<Interaction>): JobStatus | { file: string } {
  const { status, steps = [], errors = [] } = reply.body;
  switch (status) {
    case 'queued':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'in_progress':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'completed': {
      const video = readAs({ parse: () => videoIn(reply.body) }, null, reply);
      if (video === null) return ended('no_video', 'completed without a video, as filtered ones do');
      return 'file' in video
        ? video
        : { is: 'done', asset: { at: 'inline', base64: video.data }, costUsd: null };
    }
    case 'failed': {
      const inStep = steps.map((step) => fieldsOf(step)['error']).find(Boolean);
      return failedBy(errors[0] ?? inStep);
    }
    case 'cancelled':
    case 'requires_action':
    case 'requires_continuation':
    case 'incomplete':
    case 'budget_exceeded':
      return ended(status, `the interaction ended as "${status}"`);
    default:
      return { is: 'strange', word: status };
  }
}

function ended(code: string, message: string): JobStatus {
  return { is: 'failed', code, message, costUsd: null };
}

export function fileStatus(path: string, body: z.output<typeof file>): JobStatus {
  switch (body.state) {
    case 'PROCESSING':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'ACTIVE':
      return { is: 'done', asset: download(path), costUsd: null };
    case 'FAILED':
      return failedBy(body.error);
    default:
      return { is: 'strange', word: body.state };
  }
}

function download(path: string): Asset {
  return { at: 'own', path: `/${path}:download?alt=media` };
}

export const predicted = {
  parse: (value: unknown): JobStatus =>
    readOperation(value, {
      response: (whole) => fieldsOf(whole)['generateVideoResponse'],
      list: 'generatedSamples',
      assetOf: (sample) => download(fileOf(fieldsOf(fieldsOf(sample)['video'])['uri'])),
    }),
};

/** The Videos API that OpenAI and Azure share: how Sora is asked, and how its answers and errors are read. */

import { z } from 'zod';
import type { Cause, Opaque } from '../core/model.ts';
import type { HttpError } from '../ports/http.ts';
import type { Explained, JobStatus } from '../ports/provider.ts';
import { codeTable } from './define.ts';
import type { Choice } from './plan.ts';
import { codeOf, fieldsOf, jobId, plainText, progressOf, readError, say } from './read.ts';

export const SORA = { seconds: [4, 8, 12], promptCharactersMax: 32_000, replacement: null };

/** Form fields in the order in which the SDK sends them; it sends a multipart form even without a file (recorded). */
export function soraRequest({ model, prompt, facts }: Choice): Opaque {
  return [
    ['model', model],
    ['prompt', prompt],
    ['seconds', String(facts.seconds)],
    ['size', `${facts.width}x${facts.height}`],
  ];
}

/** The same fields out of an order, as the door takes them. */
export const soraForm = z.array(z.tuple([z.string(), z.string()]));
export const soraJob = z.object({ id: jobId });
const video = z.object({ id: jobId, status: z.string().max(100) });

/** openai 7.57.0 resources/videos.d.ts, 2026-11-21. There is no address of the video: it is fetched with the key. */
export const soraStatus = {
  parse: (value: unknown): JobStatus => {
    const { id, status } = video.parse(value);
    const { progress, error } = fieldsOf(value);
    switch (status) {
      case 'queued':
        return { is: 'pending', phase: 'queue', progress: progressOf(progress, 100) };
      case 'in_progress':
        return { is: 'pending', phase: 'generate', progress: progressOf(progress, 100) };
      case 'completed':
        return { is: 'done', asset: { at: 'own', path: `/videos/${id}/content` }, costUsd: null };
      case 'failed': {
        const { code, message } = fieldsOf(error);
        const text = say(message) ?? 'the video failed without a reason';
        return { is: 'failed', code: codeOf(code), message: text, costUsd: null };
      }
      default:
        return { is: 'strange', word: status };
    }
  },
};

/** The codes are remembered, not documented for this API: unverified, except `model_not_found` (public issues). */
export const causeOfSoraCode = codeTable({
  auth: 'invalid_api_key',
  no_credit: 'insufficient_quota billing_hard_limit_reached',
  rate_limited: 'rate_limit_exceeded',
  moderated: 'moderation_blocked content_policy_violation',
  model_missing: 'model_not_found',
});

/** `model_not_found` stands for a typing error and for an end; only the sentence tells (public issues of 2024). */
const ENDED = /\bhas been (deprecated|retired|shut ?down|discontinued)|\b(was|is|been) shut ?down\b/i;
const ENDING_STATUSES = new Set([400, 403, 404, 410]);

/** Reads an error; `causeOfCode` is the vendor's table. */
export function explainSora(error: HttpError, causeOfCode: (code: string | null) => Cause | null): Explained {
  const body = readError(error.body);
  const inner = typeof body['error'] === 'object' ? fieldsOf(body['error']) : body;
  const code = codeOf(inner['code']) ?? codeOf(inner['type']);
  const message = say(inner['message']) ?? say(inner['error']) ?? plainText(error);
  const isEnd = error.status === 410 || (ENDING_STATUSES.has(error.status ?? 0) && ENDED.test(message));
  return { code, message, cause: isEnd ? 'retired' : causeOfCode(code) };
}

/** Veo's long-running prediction, the same on the Gemini API and on the Agent Platform but for where the video lies. */

import { z } from 'zod';
import type { Opaque } from '../core/model.ts';
import type { Asset, JobStatus } from '../ports/provider.ts';
import { failedBy } from './google-errors.ts';
import type { Choice } from './plan.ts';
import { fieldsOf, say } from './read.ts';

const NAME_CHARACTERS_MAX = 1_000;
const VIDEOS_MAX = 100;

/** The body of an order; parameters that only one of the two APIs takes are given as `more`. */
export function predictRequest({ prompt, negativePrompt, resolution, facts }: Choice, more: object): Opaque {
  return {
    instances: [{ prompt }],
    parameters: {
      sampleCount: 1,
      durationSeconds: facts.seconds,
      aspectRatio: facts.aspect,
      resolution,
      ...(negativePrompt !== null && { negativePrompt }),
      ...more,
    },
  };
}

/** The name of an operation as it may stand in a path: a resource of ours, and nothing that leads elsewhere. */
export function operationName(pattern: RegExp) {
  return z.string().max(NAME_CHARACTERS_MAX).regex(pattern, 'Expected the name of an operation');
}

/** What people look an operation up by: the last part of its name. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

const operation = z.object({ name: z.string().max(NAME_CHARACTERS_MAX), done: z.boolean().optional() });

/**
 * Reads an operation; throws where it is done and says neither why not nor where the video is.
 * @param given.response the part of a finished operation that speaks of videos
 * @param given.assetOf throws for anything but a video
 */
export function readOperation(
  value: unknown,
  given: { response: (whole: unknown) => unknown; list: string; assetOf: (video: unknown) => Asset },
): JobStatus {
  const { done = false } = operation.parse(value);
  if (!done) return { is: 'pending', phase: 'generate', progress: null };
  const { error, response } = fieldsOf(value);
  if (error !== undefined && error !== null) return failedBy(error);
  const told = fieldsOf(given.response(response));
  const videos = z.array(z.unknown()).max(VIDEOS_MAX).optional().parse(told[given.list]) ?? [];
  const filtered = z.number().optional().catch(undefined).parse(told['raiMediaFilteredCount']) ?? 0;
  if (videos.length === 0 && filtered > 0) {
    const reasons = told['raiMediaFilteredReasons'];
    const message = say(Array.isArray(reasons) ? reasons[0] : null) ?? 'the video was filtered';
    return { is: 'failed', code: 'raiMediaFiltered', message, costUsd: null };
  }
  return { is: 'done', asset: given.assetOf(videos[0]), costUsd: null };
}

/** What the clients of Vercel's AI SDK have in common: a video model with two calls, and what every one is asked. */

import type { createXai } from '@ai-sdk/xai';

type VideoModel = ReturnType<ReturnType<typeof createXai>['video']>;
type Call = Parameters<NonNullable<VideoModel['doStart']>>[0];
type Operation = Parameters<NonNullable<VideoModel['doStatus']>>[0];

/** The packages bring versions of the interface that differ in what a video may be: each keeps its own. */
interface Calls<Started, Status> {
  doStart?(call: Call): PromiseLike<Started>;
  doStatus?(call: Operation): PromiseLike<Status>;
}

/** A video model with the two calls that the `ai` package makes: its interface marks them optional. */
export function videoModel<Started, Status>(model: Calls<Started, Status>) {
  const doStart = model.doStart?.bind(model);
  const doStatus = model.doStatus?.bind(model);
  if (!doStart || !doStatus) throw new Error('the client starts no videos');
  return { doStart, doStatus };
}

export type Wish = { prompt: string } & Partial<
  Pick<Call, 'aspectRatio' | 'resolution' | 'duration' | 'seed' | 'generateAudio'>
>;

/** What somebody who uses a client writes; the rest is what every video model is asked. */
export function videoCall(wish: Wish, providerOptions: Call['providerOptions']): Call {
  return {
    n: 1,
    aspectRatio: undefined,
    resolution: undefined,
    duration: undefined,
    fps: undefined,
    seed: undefined,
    image: undefined,
    frameImages: undefined,
    inputReferences: undefined,
    generateAudio: undefined,
    ...wish,
    providerOptions,
  };
}

/** The error of a call; null where it has none. */
export async function errorOf(work: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(work).then(
    () => null,
    (error: unknown) => error,
  );
}

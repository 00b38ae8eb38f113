/** Reading what a server sends, up to a limit and within a time. */

import { type World, within } from './world.ts';

/** @throws where the body is larger than `bytesMax`, or nothing comes for `silenceMs` */
export async function* piecesOf(
  response: Response,
  limits: { world: World; bytesMax: number; silenceMs: number },
): AsyncGenerator<string> {
  const { world, bytesMax, silenceMs } = limits;
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await within(world, silenceMs, reader.read());
      if (done) return;
      bytes += value.byteLength;
      if (bytes > bytesMax) throw new Error(`the body has more than ${bytesMax} bytes`);
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    // Whoever reads no further gives the connection back; what that says is of no interest.
    reader.cancel().catch(() => {});
  }
}

/** The whole body as text. */
export async function textOf(
  response: Response,
  limits: { world: World; bytesMax: number; silenceMs: number },
): Promise<string> {
  let text = '';
  for await (const piece of piecesOf(response, limits)) text += piece;
  return text;
}

/** Milliseconds that an answer asks to wait for; 0 where it does not. */
export function retryAfterMs(response: Response, waitMsMax: number): number {
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return seconds > 0 ? Math.min(waitMsMax, seconds * 1000) : 0;
}

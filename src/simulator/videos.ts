/** The video files that finished jobs point at: small, real, and made by `scripts/make-videos.ts`. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from './types.ts';

const FOLDER = join(import.meta.dirname, 'videos');

/** Where a truncated copy ends, as a share of the picture data. The index stands before it, so it still opens. */
const TRUNCATED_AT = 0.45;

interface Clip {
  file: string;
  kind: string;
  width: number;
  height: number;
  seconds: number;
}

export interface Wanted {
  video: Job['video'];
  width: number;
  height: number;
  seconds: number;
}

export type VideoBytes = Uint8Array<ArrayBuffer>;

/** Gives the bytes for an order: the clip of the wanted kind that comes nearest in size, then in length. */
export function createVideos(): (wanted: Wanted) => VideoBytes {
  const clips = readdirSync(FOLDER).flatMap(readName);
  const read = new Map<string, VideoBytes>();
  const load = (file: string) => {
    const bytes = read.get(file) ?? new Uint8Array(readFileSync(join(FOLDER, file)));
    read.set(file, bytes);
    return bytes;
  };
  return (wanted) => {
    if (wanted.video === 'not_video') return NOT_A_VIDEO;
    const kind = wanted.video === 'truncated' ? 'good' : wanted.video;
    const clip = nearest(clips, kind, wanted);
    const bytes = load(clip.file);
    return wanted.video === 'truncated' ? truncate(bytes) : bytes;
  };
}

/** Cuts a file whose index stands at its front in the middle of the picture data. */
export function truncate(bytes: VideoBytes): VideoBytes {
  const start = Math.max(0, Buffer.from(bytes.buffer).indexOf('mdat', 0, 'latin1'));
  return bytes.slice(0, Math.round(start + (bytes.byteLength - start) * TRUNCATED_AT));
}

// What a store in trouble really sends with status 200: its own error page.
const NOT_A_VIDEO: VideoBytes = new TextEncoder().encode(
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code>' +
    '<Message>We encountered an internal error. Please try again.</Message></Error>\n',
);

function readName(file: string): Clip[] {
  const match = /^(\w+)-(\d+)x(\d+)x([\d.]+)\.mp4$/.exec(file);
  if (match === null) return [];
  const [, kind = '', width, height, seconds] = match;
  return [{ file, kind, width: Number(width), height: Number(height), seconds: Number(seconds) }];
}

function nearest(clips: readonly Clip[], kind: string, wanted: Wanted): Clip {
  const far = (a: number, b: number) => Math.abs(Math.log(a / b));
  const distance = (clip: Clip) =>
    (far(clip.width, wanted.width) + far(clip.height, wanted.height)) * 100 +
    far(clip.seconds, wanted.seconds);
  const fitting = clips.filter((clip) => clip.kind === kind);
  const best = fitting.reduce<Clip | null>(
    (best, clip) => (best === null || distance(clip) < distance(best) ? clip : best),
    null,
  );
  if (best === null)
    throw new Error(`src/simulator/videos has no clip of kind ${kind}: run scripts/make-videos.ts`);
  return best;
}

/** The pictures that we send to models which animate one. Drawn by scripts/make-first-frames.ts. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FormFile } from '../ports/http.ts';

const FOLDER = join(import.meta.dirname, 'first-frames');

/** What the pictures show, for people and for what may be expected of a video that begins with one. */
export const FIRST_FRAME = { shows: 'a red ball on a white floor', colours: ['red', 'white'] } as const;

/** Reads all pictures: by size, `1024x576`, a file for a form. */
export function readFirstFrames(): ReadonlyMap<string, FormFile> {
  return new Map(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith('.png'))
      .map((name) => [
        name.slice(0, -'.png'.length),
        { bytes: new Uint8Array(readFileSync(join(FOLDER, name))), type: 'image/png', filename: name },
      ]),
  );
}

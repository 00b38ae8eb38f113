/** Files the daemon needs for a moment, in a directory of its own. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { invariant } from '../core/base.ts';
import type { Scratch } from '../ports/media.ts';

/** The part of a run id that stays readable in a file name. */
const READABLE_CHARS_MAX = 80;
const SUFFIX = '.reelwatch-video';

/**
 * Makes the directory and removes what an earlier process left there; files of other names stay.
 * Throws what the file system throws: without a scratch directory no run can work.
 */
export function createScratch(directory: string): Scratch {
  const home = resolve(directory);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(home)) if (name.endsWith(SUFFIX)) rmSync(join(home, name), { force: true });
  const requireOurs = (file: string) =>
    invariant(dirname(resolve(file)) === home && file.endsWith(SUFFIX), 'only scratch files are touched');
  return {
    pathFor: (runId) => join(home, fileName(runId)),
    save: async (file, parts) => {
      requireOurs(file);
      await writeFile(file, parts, { mode: 0o600 });
    },
    remove: async (file) => {
      requireOurs(file);
      await rm(file, { force: true });
    },
  };
}

/** Run ids hold slashes and whatever a model is called; the hash keeps two of them apart. */
function fileName(runId: string): string {
  const readable = runId.replace(/[^A-Za-z0-9.-]+/g, '_').slice(-READABLE_CHARS_MAX);
  const hash = createHash('sha256').update(runId).digest('hex').slice(0, 12);
  return `run-${readable}-${hash}${SUFFIX}`;
}

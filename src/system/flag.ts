/** A file whose being there says something: whoever can only write files can still stop all weights. */

import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Flag } from '../ports/hands.ts';

/** Of the first line, which says why. */
const REASON_CHARACTERS_MAX = 300;
const READ_BYTES_MAX = 4 * REASON_CHARACTERS_MAX;

/** Whatever lies at the path counts, readable or not; only where even that cannot be told, nothing is said. */
export function createFlag(path: string): Flag {
  return {
    look: async () => {
      try {
        const found = await stat(path);
        return { is: 'there', reason: found.isFile() ? await firstLine(path) : '' };
      } catch (error) {
        const code = error instanceof Error ? Reflect.get(error, 'code') : null;
        if (code === 'ENOENT' || code === 'ENOTDIR') return { is: 'absent' };
        return { is: 'unknown', why: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

/** Empty where it cannot be read. */
async function firstLine(path: string): Promise<string> {
  try {
    // Should it have become a pipe since, opening it must not wait for somebody who writes.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(READ_BYTES_MAX), 0, READ_BYTES_MAX, 0);
      const [line = ''] = buffer.subarray(0, bytesRead).toString('utf8').split(/\r?\n/);
      return line
        .replaceAll(/\p{Cc}/gu, ' ')
        .trim()
        .slice(0, REASON_CHARACTERS_MAX);
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

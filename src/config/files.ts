/** Reads the files that the configuration consists of: YAML and secrets. */

import { closeSync, openSync, readSync } from 'node:fs';

/** More than the largest file that is accepted, so that a larger one is noticed. */
const READ_BYTES_MAX = 2 ** 20 + 1;

/** A file's text, at most 1 MiB and a byte, so that an endless file does no harm. Throws what node:fs throws. */
export function readTextFile(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(READ_BYTES_MAX);
    let length = 0;
    while (length < READ_BYTES_MAX) {
      const read = readSync(file, buffer, length, READ_BYTES_MAX - length, null);
      if (read === 0) break;
      length += read;
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

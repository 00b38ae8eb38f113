import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HttpError } from '../../src/ports/http.ts';
import { replay } from './replay.ts';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const files = globSync('*/recorded*.json', { cwd: fixtures });

describe('a recording of what a provider said', () => {
  it('is there for ten providers at least', () => {
    expect(new Set(files.map((file) => file.replace(/\/.*/, ''))).size).toBeGreaterThanOrEqual(10);
  });

  it.each(files)('%s is still understood', async (file) => {
    const { ending, ends } = await replay(readFileSync(join(fixtures, file), 'utf8'));

    const isVideo = !(ending instanceof HttpError) && ending.is === 'done';
    expect(isVideo).toBe(ends === 'video');
  });
});

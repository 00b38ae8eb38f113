import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTextFile } from '../../src/config/files.ts';
import { FILE_BYTES_MAX } from '../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'reelwatch-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('readTextFile', () => {
  it('reads a whole file', () => {
    const path = join(folder, 'small');
    writeFileSync(path, 'grüße\n');

    expect(readTextFile(path)).toBe('grüße\n');
  });

  it('stops one byte after the largest file that is accepted', () => {
    expect(readTextFile('/dev/zero')).toHaveLength(FILE_BYTES_MAX + 1);
  });

  it('throws where there is no file', () => {
    expect(() => readTextFile(join(folder, 'none'))).toThrow('ENOENT');
  });
});

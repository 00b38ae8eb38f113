import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { assert, property, string } from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { createScratch } from '../../src/system/scratch.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'reelwatch-scratch-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it('gives a path in its own directory, which exists', () => {
  const home = join(folder(), 'a/b');
  const file = createScratch(home).pathFor('kling/kling-2.5-turbo@eu@2026-11-21T12:00:00Z');

  writeFileSync(file, 'x');

  expect(dirname(file)).toBe(home);
});

it('gives the same run the same path and two runs two', () => {
  const scratch = createScratch(folder());

  expect(scratch.pathFor('a/b@1')).toBe(scratch.pathFor('a/b@1'));
  expect(scratch.pathFor('a/b@1')).not.toBe(scratch.pathFor('a_b@1'));
});

it('stays in its directory for whatever a run is called', () => {
  const home = folder();
  const scratch = createScratch(home);

  assert(
    property(string({ maxLength: 400, unit: 'binary' }), (runId) => {
      const file = scratch.pathFor(runId);
      expect(dirname(file)).toBe(home);
      expect(basename(file)).toMatch(/^run-[A-Za-z0-9._-]{1,120}$/);
    }),
  );
  expect(dirname(scratch.pathFor('../../etc/passwd'))).toBe(home);
});

it('removes a file, also one that is gone already, and nothing from elsewhere', async () => {
  const home = folder();
  const scratch = createScratch(home);
  const file = scratch.pathFor('a');
  writeFileSync(file, 'x');

  await scratch.remove(file);
  await scratch.remove(file);

  expect(existsSync(file)).toBe(false);
  await expect(scratch.remove(join(home, '../other'))).rejects.toThrow(/only scratch files/);
  await expect(scratch.remove(join(home, 'notes.txt'))).rejects.toThrow(/only scratch files/);
});

it('clears what an earlier process left, and only that', () => {
  const home = folder();
  writeFileSync(createScratch(home).pathFor('left'), 'x');
  writeFileSync(join(home, 'notes.txt'), 'mine');

  createScratch(home);

  expect(readdirSync(home)).toEqual(['notes.txt']);
});

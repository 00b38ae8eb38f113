import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openLocalToken, readLocalToken, TOKEN_FILE } from '../../src/system/local-token.ts';

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'reelwatch-token-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

it('is made once, is readable by the owner only, and is found again', () => {
  const data = join(directory(), 'new');
  const token = openLocalToken(data);

  expect(token).toMatch(/^[\w-]{43}$/);
  expect(statSync(join(data, TOKEN_FILE)).mode & 0o777).toBe(0o600);
  expect([openLocalToken(data), readLocalToken(data)]).toEqual([token, token]);
  expect(openLocalToken(directory())).not.toBe(token);
});

it('is null where nothing is there, and refused where the file holds something else', () => {
  const data = directory();

  expect(readLocalToken(data)).toBeNull();
  writeFileSync(join(data, TOKEN_FILE), 'short');
  expect(readLocalToken(data)).toBeNull();
  expect(() => openLocalToken(data)).toThrow(/holds no token; remove it$/);
  expect(readFileSync(join(data, TOKEN_FILE), 'utf8')).toBe('short');
});

it('is made anew where a full disk left an empty file, and is closed to others where it was open to them', () => {
  const data = directory();
  writeFileSync(join(data, TOKEN_FILE), '');
  const token = openLocalToken(data);
  chmodSync(join(data, TOKEN_FILE), 0o644);

  expect(token).toMatch(/^[\w-]{43}$/);
  expect(openLocalToken(data)).toBe(token);
  expect(statSync(join(data, TOKEN_FILE)).mode & 0o777).toBe(0o600);
});

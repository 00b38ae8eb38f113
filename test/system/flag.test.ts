import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFlag } from '../../src/system/flag.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-flag-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = () => join(directory, 'freeze');
const look = () => createFlag(file()).look();

describe('a freeze file', () => {
  it.each<[string, string | Buffer, string]>([
    ['its first line', 'we move house \r\nand more', 'we move house'],
    ['nothing where it is empty', '', ''],
    ['a line as long as is read', `${'x'.repeat(300)}y`, 'x'.repeat(300)],
    ['text without control characters', 'a\u0000b\u001b[1m', 'a b [1m'],
    ['what is left of bytes that are no text', Buffer.from([0x61, 0xff, 0xfe]), 'a\ufffd\ufffd'],
    ['only the beginning of a large one', Buffer.alloc(5_000_000, 0x61), 'a'.repeat(300)],
  ])('says %s', async (_what, content, reason) => {
    writeFileSync(file(), content);

    expect(await look()).toEqual({ is: 'there', reason });
  });

  it.each<[string, () => void]>([
    ['a directory', () => mkdirSync(file())],
    ['a pipe into which nobody writes', () => execFileSync('mkfifo', [file()])],
  ])('may be %s', async (_what, make) => {
    make();

    expect(await look()).toEqual({ is: 'there', reason: '' });
  });

  it('is absent where there is none, or nothing at the end of a link', async () => {
    expect(await look()).toEqual({ is: 'absent' });
    symlinkSync('/nowhere/at/all', file());
    expect(await look()).toEqual({ is: 'absent' });
    expect(await createFlag(join(directory, 'no', 'folder', 'freeze')).look()).toEqual({ is: 'absent' });
  });

  it('is unknown where it cannot even be told whether there is one', async () => {
    symlinkSync(file(), file());

    expect(await look()).toMatchObject({ is: 'unknown', why: expect.stringContaining('ELOOP') });
  });

  it('that may not be read counts all the same', async () => {
    writeFileSync(file(), 'secret');
    chmodSync(file(), 0);

    expect(await look()).toMatchObject({ is: 'there' });
  });
});

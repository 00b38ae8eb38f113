/** Somebody else's folder, where reelwatch is installed as npm would unpack it, and Node to run what lies in it. */

import { type ExecFileException, execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const root = join(import.meta.dirname, '../..');
export const tsc = join(root, 'node_modules/typescript/bin/tsc');

/** Gone with the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reelwatch-client-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function anApplication(files: Record<string, string>): string {
  const folder = aFolder();
  const installed = join(folder, 'node_modules/reelwatch');
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What a run of Node printed, with its errors where it failed. */
export function node(args: string[], cwd = root): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd, timeout: 60_000 },
      (error: ExecFileException | null, out, err) => {
        resolve({ code: Number(error?.code ?? 0), output: error ? `${out}${err}` : out });
      },
    );
  });
}

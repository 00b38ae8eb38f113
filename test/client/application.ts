/** Somebody else's folder, where reelwatch is installed as npm would install it, and Node to run what lies in it. */

import { type ExecFileException, execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export const root = join(import.meta.dirname, '../..');
export const tsc = join(root, 'node_modules/typescript/bin/tsc');

/** What a build reads: the build stage of the Dockerfile copies the same. */
export const BUILT_FROM = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.client.json',
  'scripts/build.ts',
  'src',
];

/** Gone with the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reelwatch-client-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/**
 * Builds and packs reelwatch in a temporary folder, as `npm publish` would, and unpacks the tarball.
 * @returns what npm would install; the caller removes it
 */
export function pack(): { package: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'reelwatch-package-'));
  for (const path of [...BUILT_FROM, 'config', 'grafana', 'NOTICE', 'LICENSE', 'README.md'])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync('npm', ['pack', '--silent'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: withNode(),
  });
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', tarball], { cwd: folder });
  return { package: join(folder, 'package'), remove: () => rmSync(folder, { recursive: true }) };
}

/** Puts files and an installed package into a folder of their own: its dependencies beside it, and no others. */
export function anApplication(packed: string, files: Record<string, string>): string {
  const folder = aFolder();
  const modules = join(folder, 'node_modules');
  const home = join(modules, 'reelwatch');
  cpSync(packed, home, { recursive: true });
  const { dependencies, bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    bin: { reelwatch: string };
  };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  // npm makes what `bin` names executable, too.
  chmodSync(join(home, bin.reelwatch), 0o755);
  symlinkSync(join(home, bin.reelwatch), join(modules, '.bin/reelwatch'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What a run of Node printed, with its errors where it failed. */
export function node(args: string[], cwd = root): Promise<{ code: number; output: string }> {
  return execute(process.execPath, args, cwd);
}

/** What a run of a program printed, with its errors where it failed. */
export function execute(
  program: string,
  args: string[],
  cwd: string,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { cwd, timeout: 60_000, env: withNode() },
      (error: ExecFileException | null, out, err) => {
        resolve({ code: Number(error?.code ?? 0), output: error ? `${out}${err}` : out });
      },
    );
  });
}

/** The Node of the tests first, for scripts that ask for `node`. */
export function withNode(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
}

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { takeLock, type Lock } from '../../src/system/lock.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'reelwatch-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function held(lock: Lock): Lock & { release: () => void } {
  expect(lock).toHaveProperty('release');
  return lock as Lock & { release: () => void };
}

const FILE = 'reelwatch.lock';
const MODULE = JSON.stringify(join(import.meta.dirname, '../../src/system/lock.ts'));

/** Another process that takes the lock, says what came of it and stays until its input ends. */
function other(dir: string): ChildProcess {
  const script = `
    const { takeLock } = await import(${MODULE});
    const lock = takeLock(${JSON.stringify(dir)});
    process.stdout.write(JSON.stringify('heldBy' in lock ? lock : { held: true }) + '\\n');
    process.stdin.resume();`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

function firstLine(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.stdout?.once('data', (data: Buffer) => resolve(JSON.parse(data.toString())));
  });
}

it('is taken once, and again after its release', () => {
  const dir = join(folder(), 'data');
  const lock = held(takeLock(dir));

  expect(takeLock(dir)).toEqual({ heldBy: process.pid });
  lock.release();
  lock.release();

  held(takeLock(dir)).release();
  expect(existsSync(join(dir, FILE))).toBe(false);
});

it('is refused while another process holds it, and taken over when that is killed', async () => {
  const dir = folder();
  const child = other(dir);
  expect(await firstLine(child)).toEqual({ held: true });
  expect(takeLock(dir)).toEqual({ heldBy: child.pid });

  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await gone;

  held(takeLock(dir)).release();
});

it('goes to exactly one of several who find it stale at the same moment', async () => {
  const dir = folder();
  writeFileSync(join(dir, FILE), JSON.stringify({ pid: deadPid(), born: null }));
  const children = Array.from({ length: 6 }, () => other(dir));
  onTestFinished(() => children.forEach((child) => void child.kill('SIGKILL')));

  const said = await Promise.all(children.map(firstLine));

  expect(said.filter((one) => JSON.stringify(one) === '{"held":true}').length).toBe(1);
});

it.each<[string, string]>([
  ['a process that is gone', JSON.stringify({ pid: deadPid(), born: null })],
  ['a later process with the same id', JSON.stringify({ pid: process.pid, born: 'another-boot/1' })],
])('is taken over from %s', (_, text) => {
  const dir = folder();
  writeFileSync(join(dir, FILE), text);

  const lock = held(takeLock(dir));

  expect(JSON.parse(readFileSync(join(dir, FILE), 'utf8'))).toMatchObject({ pid: process.pid });
  lock.release();
});

it.each(['', '{', 'null', '{"pid":"1"}', '{"pid":-1}', '{"pid":0}'])(
  'is taken over at once from a file that says %j: a lock is never seen half written',
  (text) => {
    const dir = folder();
    writeFileSync(join(dir, FILE), text);

    held(takeLock(dir)).release();

    expect(readdirSync(dir)).toEqual([]);
  },
);

it('is not released by who no longer holds it', () => {
  const dir = folder();
  const lock = held(takeLock(dir));
  writeFileSync(join(dir, FILE), '{"pid":1,"born":null}');

  lock.release();

  expect(existsSync(join(dir, FILE))).toBe(true);
});

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid;
}

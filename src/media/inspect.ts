/**
 * Decodes downloaded files in child processes, never in the daemon. A child gets the file as an open descriptor, no
 * environment, and limits on memory, processor time, open files and writes; where the machine allows it, also a user of
 * its own and no network (sandbox.ts).
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Inspection, Media } from '../ports/media.ts';
import { chooseSandbox, describeSandbox, type Limits, type Sandbox, wrapped } from './sandbox.ts';
import { createTurnstile } from './turnstile.ts';

/** Beside this file, and of its kind: TypeScript in development, JavaScript in `dist`. */
const CHILD = fileURLToPath(new URL(`./inspect-child${extname(import.meta.url)}`, import.meta.url));
/** Scripts in the child need little; pictures live outside the script heap. */
const HEAP_MB_MAX = 128;
const OUTPUT_BYTES_MAX = 256 * 1024;
const WATCH_EVERY_MS = 50;
const WAITING_MAX = 100;
const WHY_CHARS_MAX = 300;

const share = z.number().min(0).max(1);
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const why = z.string().transform((text) => text.slice(0, WHY_CHARS_MAX));

/** The child has met a stranger's file, so its word is checked like a stranger's. */
const answer = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('video'),
    facts: z.object({
      bytes: count,
      codec: z.string().max(40),
      width: count,
      height: count,
      durationMs: count,
      framesDecoded: count,
      isTruncated: z.boolean(),
      blackRatio: share,
      frozenRatio: share,
      hasAudio: z.boolean(),
      colours: z.record(z.string().max(20), share),
    }),
    frameJpegBase64: z.base64().nullable(),
  }),
  z.object({ is: z.literal('unreadable'), why }),
  z.object({ is: z.literal('gave_up'), why }),
]);

export interface MediaOptions {
  clock: Clock;
  /** How long one file may take, waiting for a free place not counted. */
  timeMsMax: number;
  /** The most memory one child may ever hold. It needs about 150 MB for 720p; watched on Linux only. */
  memoryMbMax: number;
  /** Children at once. */
  concurrencyMax: number;
  log?: Log;
}

/** Node reserves about 550 MB of data that it never touches (26.10 on Linux, measured 2026-12-01). */
const RESERVED_MB = 700;
const COMMAND = [process.execPath, `--max-old-space-size=${HEAP_MB_MAX}`, CHILD];

/** A Media that gives every file a process of its own and stops it at the limits. It never throws. */
export function createMedia(options: MediaOptions): Media {
  const turnstile = createTurnstile(options.concurrencyMax, WAITING_MAX);
  const sandbox = sandboxOnce(options);
  return {
    inspect: async (file, signal) => {
      const entry = await turnstile.enter(signal);
      if (entry === 'full') return gaveUp('too many files are waiting to be looked at');
      if (entry === 'aborted') return gaveUp('it was stopped');
      try {
        return await inspectInChild(file, { ...options, sandbox: await sandbox() }, signal);
      } finally {
        turnstile.leave();
      }
    },
  };
}

/** Tries once what this machine allows, when the first file comes. */
function sandboxOnce({ clock, log, ...options }: MediaOptions): () => Promise<Sandbox> {
  let chosen: Promise<Sandbox> | null = null;
  const choose = async () => {
    const sandbox = await chooseSandbox([...COMMAND, 'self-test'], limitsOf(options), clock);
    log?.info({ ownUser: sandbox.hasOwnUser, noNetwork: sandbox.hasNoNetwork }, describeSandbox(sandbox));
    return sandbox;
  };
  return () => (chosen ??= choose());
}

function limitsOf({ timeMsMax, memoryMbMax }: Pick<MediaOptions, 'timeMsMax' | 'memoryMbMax'>): Limits {
  // A child that takes longer is stopped by the clock; decoding has one thread, and Node a few more.
  return { cpuSMax: 10 + Math.ceil((2 * timeMsMax) / 1_000), dataMbMax: memoryMbMax + RESERVED_MB };
}

async function inspectInChild(
  file: string,
  options: MediaOptions & { sandbox: Sandbox },
  signal: AbortSignal,
): Promise<Inspection> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return gaveUp('the file cannot be opened');
  try {
    return await inspectHandle(handle.fd, options, signal);
  } finally {
    await handle.close();
  }
}

async function inspectHandle(
  descriptor: number,
  options: MediaOptions & { sandbox: Sandbox },
  signal: AbortSignal,
): Promise<Inspection> {
  const [program = '', ...args] = wrapped(COMMAND, options.sandbox, limitsOf(options));
  const child = spawn(program, args, {
    // Nothing of the daemon's environment: it holds the keys.
    env: {},
    // The child ends itself when its input ends, that is, when the daemon dies. The file is descriptor 3.
    stdio: ['pipe', 'pipe', 'ignore', descriptor],
  });
  const over = new AbortController();
  let stopped: string | null = null;
  const stop = (why: string) => {
    stopped ??= why;
    child.kill('SIGKILL');
  };
  const onAbort = () => stop('it was stopped');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  void options.clock.sleep(options.timeMsMax, over.signal).then(() => {
    if (!over.signal.aborted) stop(`it took more than ${options.timeMsMax} ms`);
  });
  void watchMemory(child, options, over.signal, stop);

  const { output, end } = await outcome(child, () => stop('the decoder said too much'));

  over.abort();
  signal.removeEventListener('abort', onAbort);
  if (stopped !== null) return gaveUp(stopped);
  return end === null ? parsed(output) : gaveUp(end);
}

/** What the child printed, and how it ended if not well. Resolves when process and pipes are gone. */
function outcome(child: ChildProcess, tooMuch: () => void): Promise<{ output: string; end: string | null }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= OUTPUT_BYTES_MAX) chunks.push(chunk);
      else tooMuch();
    });
    // A child that ends at once breaks the pipe; its exit says enough.
    child.stdin?.on('error', () => {});
    child.once('error', (error) =>
      resolve({ output: '', end: `no decoder could be started: ${error.message}` }),
    );
    child.once('close', (code, signal) => {
      const end = code === 0 ? null : `the decoder ended with ${signal ?? `code ${code}`}`;
      resolve({ output: Buffer.concat(chunks).toString(), end });
    });
  });
}

/** Kills a child whose memory ever passed the limit: the kernel keeps the peak, so that no spike hides between looks. */
async function watchMemory(
  child: ChildProcess,
  { clock, memoryMbMax }: MediaOptions,
  over: AbortSignal,
  stop: (why: string) => void,
): Promise<void> {
  while (!over.aborted) {
    const mb = await peakMb(child.pid);
    if (over.aborted || mb === null) return;
    if (mb > memoryMbMax) return stop(`it took more than ${memoryMbMax} MB of memory`);
    await clock.sleep(WATCH_EVERY_MS, over);
  }
}

async function peakMb(pid: number | undefined): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kb = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kb === undefined ? null : Number(kb) / 1_024;
  } catch {
    return null;
  }
}

function parsed(output: string): Inspection {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return gaveUp('the decoder said nothing that could be read');
  }
  const result = answer.safeParse(value);
  return result.success ? result.data : gaveUp('the decoder said something that makes no sense');
}

function gaveUp(why: string): Inspection {
  return { is: 'gave_up', why };
}

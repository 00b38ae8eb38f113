import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EVERY_MS = 50;
const TEXT_CHARACTERS_MAX = 4_000;

/** A test that is itself killed runs no clean-up: each process watches who started it, and ends when that is gone. */
const GUARD = `data:text/javascript,${encodeURIComponent(
  `const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 500).unref();`,
)}`;

export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  tookMs: number;
}

export interface Running {
  pid: number;
  out: () => string;
  err: () => string;
  isOver: () => boolean;
  kill: (signal: NodeJS.Signals) => void;
  /** Reads no more of what it prints, as a terminal that is closed. */
  closeOutput: () => void;
  /** How it ended; killed, and an error, after `msMax`. */
  end: (msMax?: number) => Promise<End>;
  /** The first match in what it has printed; an error where it ends before, or `msMax` pass. */
  says: (pattern: RegExp, msMax?: number) => Promise<RegExpExecArray>;
}

const alive = new Set<Running>();
process.once('exit', killAll);

/** Ends what a test has left running, by its process id. */
export function killAll(): void {
  for (const one of alive) one.kill('SIGKILL');
  alive.clear();
}

/** The sources, so that tests need no build; `REELWATCH_MAIN=dist/main.js` starts what is installed. */
const MAIN = process.env['REELWATCH_MAIN'] ?? 'src/main.ts';

/** Starts `node src/main.ts …` as a process of its own, with nothing of our environment but the path. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  flags: readonly string[] = [],
): Running {
  const child = spawn(process.execPath, ['--import', GUARD, ...flags, MAIN, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const startedAt = performance.now();
  const { pid } = child;
  if (pid === undefined) throw new Error('no process was started');
  let out = '';
  let err = '';
  let ended: End | null = null;
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const said = () => `${args.join(' ')} said:\n${(out + err).slice(-TEXT_CHARACTERS_MAX)}`;
  const over = new Promise<End>((resolve) => {
    child.once('close', (code, signal) => {
      ended = { code, signal, tookMs: performance.now() - startedAt };
      alive.delete(running);
      resolve(ended);
    });
  });
  const running: Running = {
    pid,
    out: () => out,
    err: () => err,
    isOver: () => ended !== null,
    kill: (signal) => void (ended === null && child.kill(signal)),
    closeOutput: () => {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    end: async (msMax = 30_000) => {
      const askedAt = performance.now();
      const first = await Promise.race([over, wait(msMax, null, { ref: false })]);
      if (first !== null) return { ...first, tookMs: performance.now() - askedAt };
      child.kill('SIGKILL');
      throw new Error(`it did not end within ${msMax} ms; ${said()}`);
    },
    says: async (pattern, msMax = 30_000) => {
      const match = await until(() => pattern.exec(out) ?? (ended === null ? null : 'over'), msMax).catch(
        () => null,
      );
      if (match === null || match === 'over') throw new Error(`nothing like ${pattern.source}; ${said()}`);
      return match;
    },
  };
  alive.add(running);
  return running;
}

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const running = start(args, env);
  const { code } = await running.end(60_000);
  return { code, out: running.out(), err: running.err() };
}

/** Asks again and again until there is an answer. @throws after `msMax`, with the last error if there was one */
export async function until<T>(ask: () => T | null | Promise<T | null>, msMax = 30_000): Promise<T> {
  const endAt = performance.now() + msMax;
  let last: unknown = null;
  while (performance.now() < endAt) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
      last = null;
    } catch (error) {
      last = error;
    }
    await wait(EVERY_MS);
  }
  throw new Error(`nothing after ${msMax} ms`, { cause: last });
}

/** Two ports in a row that are free: the demo puts its simulator on the one after its own. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const port = await listenOn(0);
    if (port !== null && port < 65_535 && (await listenOn(port + 1)) !== null) return port;
  }
}

/** Takes a port and gives it back; null where it is taken. */
function listenOn(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const taken = address !== null && typeof address === 'object' ? address.port : null;
      server.close(() => resolve(taken));
    });
  });
}

/** A JSON answer with status 200. */
export async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

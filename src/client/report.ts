/** Tells reelwatch what real jobs met: in batches, from a bounded queue, and never at the cost of a job. */

import { retryAfterMs, textOf } from './body.ts';
import { fieldsOf } from './document.ts';
import type { Tell } from './problem.ts';
import { type World, within } from './world.ts';

/** How one job ended at one target. */
export interface Outcome {
  target: string;
  outcome: 'ok' | 'failed' | 'refused' | 'bad_output' | 'timeout';
  /** One of reelwatch's causes, where it is known. */
  cause?: string;
  latencyMs?: number;
  /** Milliseconds since 1970; the moment of reporting where it is not given. */
  at?: number;
  /** The job's id: what is told twice counts once. */
  job?: string;
  /** The user or tenant, best as a hash: each has one voice, however many jobs fail. */
  reporter?: string;
}

export interface Reporter {
  report: (outcome: Outcome) => void;
  /** Sends what is waiting, as far as it can be sent now. Never rejects. */
  flush: () => Promise<void>;
  /** Sends what is waiting, and takes nothing more. */
  stop: () => Promise<void>;
  /** Outcomes that were lost since the start. */
  lost: () => number;
}

export interface ReporterOptions {
  world: World;
  url: (path: string) => string;
  headers: Readonly<Record<string, string>>;
  flushEveryMs: number;
  timeoutMs: number;
  tell: Tell;
}

export const OUTCOMES_MAX = 5000;
export const BATCH_MAX = 500;
const TARGET_MAX = 400;
const TEXT_MAX = 200;
const ANSWER_BYTES_MAX = 64 * 1024;
const WAIT_MS_MAX = 60_000;

export function createReporter(options: ReporterOptions): Reporter {
  const { world } = options;
  const queue = createQueue(options);
  let waiting: AbortController | null = null;
  let isStopped = false;

  const later = (ms: number): void => {
    if (waiting !== null || isStopped) return;
    const wait = new AbortController();
    waiting = wait;
    void world.sleep(ms, wait.signal).then(async () => {
      const waitMs = wait.signal.aborted ? 0 : await queue.flush();
      waiting = null;
      if (queue.size() > 0) later(Math.max(waitMs, options.flushEveryMs));
    });
  };

  return {
    report: (outcome) => {
      if (isStopped) return queue.lose(1, 'the client has been stopped');
      const line = lineOf(outcome, world.now());
      if (line === null) return queue.lose(1, 'it is no outcome');
      queue.push(line);
      later(options.flushEveryMs);
    },
    flush: async () => {
      await queue.flush();
      if (queue.size() === 0) waiting?.abort();
    },
    stop: async () => {
      isStopped = true;
      await queue.flush();
      waiting?.abort();
      queue.lose(queue.size(), 'the client was stopped');
      queue.clear();
    },
    lost: queue.lost,
  };
}

interface Queue {
  push: (line: string) => void;
  /** Sends until nothing is left or the server asks to wait; gives back for how long. One at a time. */
  flush: () => Promise<number>;
  size: () => number;
  clear: () => void;
  lose: (count: number, why: string) => void;
  lost: () => number;
}

function createQueue(options: ReporterOptions): Queue {
  const send = createSend(options);
  let lines: string[] = [];
  let lost = 0;
  let sending: Promise<number> | null = null;

  const lose = (count: number, why: string): void => {
    if (count <= 0) return;
    lost += count;
    options.tell('not_reported', `${count} lost: ${why}`);
  };
  const put = (all: string[]): void => {
    lose(all.length - OUTCOMES_MAX, 'too many are waiting');
    // The newest say most about the present.
    lines = all.slice(-OUTCOMES_MAX);
  };
  const sendAll = async (): Promise<number> => {
    while (lines.length > 0) {
      const batch = lines.splice(0, BATCH_MAX);
      const { isKept, lost, waitMs, why } = await send(batch);
      lose(lost, why);
      if (!isKept) continue;
      put([...batch, ...lines]);
      return waitMs;
    }
    return 0;
  };
  return {
    push: (line) => {
      lines.push(line);
      if (lines.length > OUTCOMES_MAX) put(lines);
    },
    flush: () => {
      sending ??= sendAll().finally(() => {
        sending = null;
      });
      return sending;
    },
    size: () => lines.length,
    clear: () => {
      lines = [];
    },
    lose,
    lost: () => lost,
  };
}

/** One line of NDJSON; null for what is no outcome: whatever an application hands in, reporting must not throw. */
function lineOf(outcome: Outcome, now: number): string | null {
  try {
    const { target, outcome: ending, cause, latencyMs, at, job, reporter } = outcome;
    const texts = [ending, cause, job, reporter].filter((one) => one !== undefined);
    if (!isText(target, TARGET_MAX) || ending === undefined) return null;
    if (!texts.every((one) => isText(one, TEXT_MAX))) return null;
    return JSON.stringify({
      target,
      outcome: ending,
      ...(cause !== undefined && { cause }),
      ...(latencyMs !== undefined && { latency_ms: Math.max(0, Math.round(latencyMs)) }),
      at: new Date(at ?? now).toISOString(),
      ...(job !== undefined && { job }),
      ...(reporter !== undefined && { reporter }),
    });
  } catch {
    return null;
  }
}

function isText(value: unknown, lengthMax: number): boolean {
  return typeof value === 'string' && value.length <= lengthMax;
}

interface Sent {
  /** Whether the batch is to be sent again. */
  isKept: boolean;
  /** How many of it will never count. */
  lost: number;
  waitMs: number;
  why: string;
}

function createSend(options: ReporterOptions): (batch: readonly string[]) => Promise<Sent> {
  const { world, timeoutMs, tell } = options;
  let fails = 0;
  const again = (why: string, askedMs: number): Sent => {
    fails = Math.min(fails + 1, 16);
    return {
      isKept: true,
      lost: 0,
      waitMs: Math.max(askedMs, Math.min(WAIT_MS_MAX, 1000 * 2 ** fails)),
      why,
    };
  };
  return async (batch) => {
    const request = new AbortController();
    try {
      const sent = world.fetch(options.url('v1/outcomes'), {
        method: 'POST',
        headers: { ...options.headers, 'content-type': 'application/x-ndjson' },
        body: `${batch.join('\n')}\n`,
        redirect: 'manual',
        signal: request.signal,
      });
      const response = await within(world, timeoutMs, sent, () => request.abort());
      if (response.status < 500 && response.status !== 429) fails = 0;
      const why = `/v1/outcomes answered ${response.status}`;
      if (response.ok) return { isKept: false, waitMs: 0, ...(await refusedIn(response, options)) };
      response.body?.cancel().catch(() => {});
      if (response.status === 429 || response.status >= 500)
        return again(why, retryAfterMs(response, WAIT_MS_MAX));
      return { isKept: false, lost: batch.length, waitMs: 0, why };
    } catch (error) {
      tell('unreachable', error);
      return again('unreachable', 0);
    }
  };
}

/** Lines that reelwatch refused one by one; a batch that was taken is taken, whatever its answer looks like. */
async function refusedIn(
  response: Response,
  { world, timeoutMs }: ReporterOptions,
): Promise<{ lost: number; why: string }> {
  try {
    const limits = { world, bytesMax: ANSWER_BYTES_MAX, silenceMs: timeoutMs };
    const answer = fieldsOf(JSON.parse(await textOf(response, limits)));
    const lost = Number(answer['refused_count']) || 0;
    const [first] = Array.isArray(answer['refused']) ? (answer['refused'] as unknown[]) : [];
    return { lost: Math.min(BATCH_MAX, lost), why: `refused: ${String(fieldsOf(first)['reason'])}` };
  } catch {
    return { lost: 0, why: '' };
  }
}

/** A batch of lines, read and taken in without holding up the process. */

import type { Clock } from '../ports/clock.ts';
import type { Batch } from '../ports/outcomes.ts';
import { readJob } from './job.ts';

export const LINES_MAX = 5_000;
/** Refused lines that are named in an answer. */
export const REASONS_MAX = 20;
/** After so many lines, which take about a millisecond, others get their turn. */
const LINES_PER_TURN = 250;

/** Lines as they were sent: texts that are still to be parsed, or the values of an array. */
export type Lines = { texts: readonly string[] } | { values: readonly unknown[] };

export interface Taken {
  accepted: number;
  /** The first of them. */
  refused: { line: number; reason: string }[];
  refusedCount: number;
}

/** The lines of a body; null where it is neither JSON lines nor a JSON object or array. */
export function linesOf(body: string, isLines: boolean): Lines | null {
  if (isLines) {
    const texts = body.split('\n');
    return { texts: texts.at(-1) === '' ? texts.slice(0, -1) : texts };
  }
  const value = parse(body);
  if (Array.isArray(value)) return { values: value };
  return typeof value === 'object' && value !== null ? { values: [value] } : null;
}

export function countOf(lines: Lines): number {
  return 'texts' in lines ? lines.texts.length : lines.values.length;
}

/** Takes batches in one after the other, with a turn for others in between, however small they are. */
export function createTaker(clock: Clock): (lines: Lines, open: () => Batch) => Promise<Taken> {
  const { signal } = new AbortController();
  let sinceTurn = 0;
  let last: Promise<unknown> = Promise.resolve();
  const takeAll = async (lines: Lines, open: () => Batch): Promise<Taken> => {
    const batch = open();
    const taken: Taken = { accepted: 0, refused: [], refusedCount: 0 };
    const count = countOf(lines);
    for (let n = 0; n < count; n++) {
      if (sinceTurn++ >= LINES_PER_TURN) {
        sinceTurn = 0;
        await clock.sleep(0, signal);
      }
      const reason = reasonAgainst('texts' in lines ? parse(lines.texts[n] ?? '') : lines.values[n], batch);
      if (reason === null) taken.accepted += 1;
      else {
        taken.refusedCount += 1;
        if (taken.refused.length < REASONS_MAX) taken.refused.push({ line: n + 1, reason });
      }
    }
    batch.close();
    return taken;
  };
  return (lines, open) => {
    const taking = last.then(() => takeAll(lines, open));
    last = taking.catch(() => undefined);
    return taking;
  };
}

function reasonAgainst(value: unknown, batch: Batch): string | null {
  const job = value === undefined ? 'not JSON' : readJob(value);
  if (typeof job !== 'string') return batch.take(job)?.reason ?? null;
  batch.spoilt();
  return job;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

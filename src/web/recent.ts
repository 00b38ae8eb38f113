/** What the store remembers, kept in memory for as long as it has not changed: pages and routers ask often, runs end rarely. */

import { DAY, type Instant, MINUTE, SECOND } from '../core/base.ts';
import { totalMsOf } from '../core/classify.ts';
import type { RunId, TargetId, Verdict } from '../core/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RunRecord, RunWhy, Store } from '../ports/store.ts';
import type { View } from '../ports/view.ts';

/** As many runs of each target are kept as the page shows and the statistics look back at. */
export const RUNS_KEPT_MAX = 48;
/** Frames are pruned without a word, so everything is read again now and then. */
const REREAD_EVERY_MS = 10 * MINUTE;
const LEDGER_FRESH_MS = 2 * SECOND;
const RETRY_AFTER_MS = 5 * SECOND;
/** A request waits this long for the store; then it is answered with what is known. */
const WAIT_MS_MAX = 2 * SECOND;
/** With more changes than this, one question for all targets is cheaper than one each. */
const SINGLE_READS_MAX = 4;

/** A judged run without its trace. */
export interface RunDigest {
  runId: RunId;
  target: TargetId;
  why: RunWhy;
  startedAt: Instant;
  endedAt: Instant;
  verdict: Verdict;
  /** How long it was in our hands, whatever came of it. */
  tookMs: number;
  /** From the order to the last byte; null where that says nothing about the provider's speed. */
  readyMs: number | null;
  /** Length of the delivered video; null where there was none. */
  videoMs: number | null;
  costUsd: number;
  hasFrame: boolean;
}

export interface Ledger {
  spentUsd: Record<string, number>;
  outbox: { channel: string; due: number; dead: number }[];
  pushes: Awaited<ReturnType<Store['pushStates']>>;
}

export type RunsByTarget = ReadonlyMap<TargetId, readonly RunDigest[]>;

export interface Recent {
  /** The newest judged runs of each target, newest first. Never throws: what cannot be read is missing. */
  runs: () => Promise<RunsByTarget>;
  /** Counts what `runs` has learned, for those who render from it. */
  version: () => number;
  /** Money, outbox and pushes, at most two seconds old; null while the store cannot be read. */
  ledger: () => Promise<Ledger | null>;
}

type Deps = {
  view: View;
  store: Pick<Store, 'runs' | 'outboxCounts' | 'pushStates' | 'spentSince'>;
  clock: Clock;
  log: Log;
};

export function createRecent(deps: Deps): Recent {
  const kept = keepRuns(deps);
  const ledger = keepLedger(deps);
  const readRuns = single(kept.read, deps, { what: 'runs', onFailure: () => {} });
  const readLedger = single(ledger.read, deps, { what: 'ledger', onFailure: ledger.forget });
  return {
    runs: async () => {
      await readRuns();
      return kept.runs;
    },
    version: kept.version,
    ledger: async () => {
      await readLedger();
      return ledger.current();
    },
  };
}

function keepRuns({ view, store, clock }: Deps) {
  const runs = new Map<TargetId, readonly RunDigest[]>();
  const seen = new Map<TargetId, RunId>();
  let version = 0;
  let readAllAt: Instant | null = null;

  function keep(records: readonly RunRecord[]): void {
    for (const [target, group] of Map.groupBy(records, (record) => record.target)) {
      runs.set(target, group.flatMap(digest).slice(0, RUNS_KEPT_MAX));
    }
  }

  async function read(): Promise<void> {
    const states = [...view.states().values()];
    const isStale = readAllAt === null || clock.now() - readAllAt > REREAD_EVERY_MS;
    const changed = states.filter(({ id, lastRun }) => lastRun !== null && lastRun.id !== seen.get(id));
    if (!isStale && changed.length === 0) return;
    if (isStale || changed.length > SINGLE_READS_MAX) {
      keep(await store.runs({ target: null, limit: RUNS_KEPT_MAX }));
      readAllAt = clock.now();
    } else {
      for (const { id } of changed) keep(await store.runs({ target: id, limit: RUNS_KEPT_MAX }));
    }
    for (const { id, lastRun } of changed) if (lastRun) seen.set(id, lastRun.id);
    version += 1;
  }
  return { runs: runs as RunsByTarget, version: () => version, read };
}

function keepLedger({ store, clock }: Deps) {
  let ledger: Ledger | null = null;
  let readAt: Instant | null = null;

  async function read(): Promise<void> {
    if (readAt !== null && clock.now() - readAt < LEDGER_FRESH_MS) return;
    const [spentUsd, outbox, pushes] = await Promise.all([
      store.spentSince(clock.now() - DAY),
      store.outboxCounts(),
      store.pushStates(),
    ]);
    ledger = { spentUsd, outbox, pushes };
    readAt = clock.now();
  }
  function forget(): void {
    ledger = null;
    readAt = null;
  }
  return { current: () => ledger, read, forget };
}

/** Runs one reading at a time for all who ask, lets nobody wait for ever, and leaves a failing store alone for a while. */
function single(
  read: () => Promise<void>,
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  about: { what: string; onFailure: () => void },
): () => Promise<void> {
  let running: Promise<void> | null = null;
  let restUntil: Instant | null = null;
  async function guarded(): Promise<void> {
    try {
      await read();
      restUntil = null;
    } catch (error) {
      restUntil = clock.now() + RETRY_AFTER_MS;
      about.onFailure();
      log.warn({ what: about.what, error }, 'store cannot be read for the pages');
    } finally {
      running = null;
    }
  }
  return async () => {
    if (restUntil !== null && clock.now() < restUntil) return;
    running ??= guarded();
    const enough = new AbortController();
    await Promise.race([running, clock.sleep(WAIT_MS_MAX, enough.signal)]);
    enough.abort();
  };
}

/** Shortens a record; nothing for a run that was not judged yet. */
export function digest(record: RunRecord): RunDigest[] {
  const { runId, target, why, startedAt, endedAt, verdict, trace, costUsd, hasFrame } = record;
  if (endedAt === null || verdict === null) return [];
  const tookMs = Math.max(0, endedAt - startedAt);
  const readyMs = trace === null ? null : totalMsOf(trace);
  const videoMs = trace?.video?.durationMs ?? null;
  return [{ runId, target, why, startedAt, endedAt, verdict, tookMs, readyMs, videoMs, costUsd, hasFrame }];
}

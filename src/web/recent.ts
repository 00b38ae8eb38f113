/** What the store remembers, kept in memory for as long as it has not changed: pages and routers ask often, runs end rarely. */

import { DAY, type Instant, MINUTE, SECOND } from '../core/base.ts';
import type { RunId, TargetId, TargetState, Verdict } from '../core/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RunSummary } from '../ports/runs.ts';
import type { Store } from '../ports/store.ts';
import type { StoreTrouble } from '../ports/trouble.ts';
import type { View } from '../ports/view.ts';

/** As many runs of each target are kept as the page shows and the statistics look back at. */
export const RUNS_KEPT_MAX = 48;
/** Frames are pruned without a word, so each target is read again now and then. */
const REREAD_EVERY_MS = 10 * MINUTE;
/** So many targets are read with one question: together no more rows than one answer of the store has. */
const TARGETS_MAX = 20;
const LEDGER_FRESH_MS = 2 * SECOND;
const RETRY_AFTER_MS = 5 * SECOND;
/** A request waits this long for the store; then it is answered with what is known. */
const WAIT_MS_MAX = 2 * SECOND;
/** A judged run as the page and the statistics need it. */
export interface RunDigest extends Omit<RunSummary, 'endedAt' | 'verdict' | 'jobId'> {
  endedAt: Instant;
  verdict: Verdict;
  /** How long it took in all, whatever came of it. */
  tookMs: number;
}

export interface Ledger {
  spentUsd: Record<string, number>;
  outbox: { channel: string; due: number; dead: number }[];
  pushes: Awaited<ReturnType<Store['pushStates']>>;
  trouble: StoreTrouble | null;
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
  store: Pick<Store, 'runs' | 'outboxCounts' | 'pushStates' | 'spentSince' | 'trouble'>;
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
  /** What each target's runs were last read at, the longest ago first. */
  const seen = new Map<TargetId, { lastRunId: RunId | null; at: Instant }>();
  let version = 0;

  async function readSome(states: readonly TargetState[]): Promise<void> {
    const targets = states.map(({ id }) => id);
    const records = await store.runs({ targets, limit: RUNS_KEPT_MAX });
    const found = Map.groupBy(records, ({ target }) => target);
    for (const { id, lastRun } of states) {
      runs.set(id, (found.get(id) ?? []).flatMap(digest));
      seen.delete(id);
      seen.set(id, { lastRunId: lastRun?.id ?? null, at: clock.now() });
    }
    version += 1;
  }

  async function read(): Promise<void> {
    const states = view.states();
    const isNew = ({ id, lastRun }: TargetState) => {
      const before = seen.get(id);
      return before === undefined || before.lastRunId !== (lastRun?.id ?? null);
    };
    const changed = [...states.values()].filter(isNew);
    for (let k = 0; k < changed.length; k += TARGETS_MAX) {
      // Everything else has its turn in between.
      if (k > 0) await clock.sleep(0, NEVER);
      await readSome(changed.slice(k, k + TARGETS_MAX));
    }
    const staleAt = clock.now() - REREAD_EVERY_MS;
    const stale: TargetState[] = [];
    for (const [id, { at }] of seen) {
      const state = states.get(id);
      if (at > staleAt || stale.length === TARGETS_MAX) break;
      if (state !== undefined) stale.push(state);
    }
    if (stale.length > 0) await readSome(stale);
  }
  return { runs: runs as RunsByTarget, version: () => version, read };
}

const NEVER = new AbortController().signal;

function keepLedger({ store, clock }: Deps) {
  let ledger: Ledger | null = null;
  let readAt: Instant | null = null;

  async function read(): Promise<void> {
    if (readAt !== null && clock.now() - readAt < LEDGER_FRESH_MS) return;
    const [spentUsd, outbox, pushes, trouble] = await Promise.all([
      store.spentSince(clock.now() - DAY),
      store.outboxCounts(),
      store.pushStates(),
      store.trouble(),
    ]);
    ledger = { spentUsd, outbox, pushes, trouble };
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
function digest(record: RunSummary): RunDigest[] {
  const { jobId: _, endedAt, verdict, ...rest } = record;
  if (endedAt === null || verdict === null) return [];
  return [{ ...rest, endedAt, verdict, tookMs: Math.max(0, endedAt - record.startedAt) }];
}

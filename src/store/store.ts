/** What the daemon remembers, on whichever database it is given: one SQL text for all of them. */

import type { Board, Db, Store } from '../ports/store.ts';
import { audit } from './audit.ts';
import { commit } from './commit.ts';
import * as hands from './hands.ts';
import * as outbox from './outbox.ts';
import { prune } from './prune.ts';
import * as pushes from './pushes.ts';
import { numberOf, planRow, stateRow } from './rows.ts';
import * as runs from './runs.ts';
import { expectCurrent, migrate } from './schema.ts';
import { withCleanText } from './text.ts';

/**
 * @param options.isReadOnly for a database that another process writes: nothing is migrated, only checked
 * @param options.epochMin the least epoch that `open` may give; a later start of any daemon has a higher one
 * @throws StoreError where the database cannot be used, or was written by a newer version
 */
export async function openStore(
  given: Db,
  options: { isReadOnly?: boolean; epochMin?: number } = {},
): Promise<Store> {
  const db = withCleanText(given);
  await (options.isReadOnly ? expectCurrent(db) : migrate(db));
  return {
    open: () => db.transaction((tx) => begin(tx, options.epochMin ?? 0)),
    peek: () => db.transaction(board),
    claimRun: (claim) => runs.claimRun(db, claim),
    saveJob: (runId, job, jobId, at) => runs.saveJob(db, runId, job, jobId, at),
    countResume: (runId) => runs.countResume(db, runId),
    openRuns: () => runs.openRuns(db),
    commit: (given) => commit(db, given),
    spentSince: (since) => runs.spentSince(db, since),
    spendings: (since) => runs.spendings(db, since),
    run: (runId) => runs.run(db, runId),
    runs: (query) => runs.runs(db, query),
    frame: (runId) => runs.frame(db, runId),
    events: (target) => runs.events(db, target),
    dueEntries: (channel, now, limit) => outbox.dueEntries(db, channel, now, limit),
    nextEntryAt: (channel) => outbox.nextEntryAt(db, channel),
    queuedEntries: (target, channel, limit) => outbox.queuedEntries(db, target, channel, limit),
    abandonEntries: (channels, now) => outbox.abandonEntries(db, channels, now),
    settleEntries: (keys, outcome) => outbox.settleEntries(db, keys, outcome),
    hastenEntries: (channel, now) => outbox.hastenEntries(db, channel, now),
    outboxCounts: () => outbox.outboxCounts(db),
    deadEntries: (limit) => outbox.deadEntries(db, limit),
    deadEntriesOf: (target, channel, limit) => outbox.deadEntriesOf(db, target, channel, limit),
    told: (target) => outbox.told(db, target),
    duePushes: (sink, now, limit) => pushes.duePushes(db, sink, now, limit),
    nextPushAt: (sink) => pushes.nextPushAt(db, sink),
    settlePush: (sink, route, generation, outcome) => pushes.settlePush(db, sink, route, generation, outcome),
    noteDrift: (note) => pushes.noteDrift(db, note),
    seedPushes: (wanted, now) => pushes.seedPushes(db, wanted, now),
    pushStates: () => pushes.pushStates(db),
    hands: () => hands.hands(db),
    pin: (pin, at) => hands.pin(db, pin, at),
    unpin: (route, target, by) => hands.unpin(db, route, target, by),
    freeze: (freeze) => hands.freeze(db, freeze),
    thaw: (thaw) => hands.thaw(db, thaw),
    endHands: (now) => hands.endHands(db, now),
    audit: (query) => audit(db, query),
    prune: (now, retention) => prune(db, now, retention),
    close: () => db.close(),
  };
}

async function begin(tx: Db, epochMin: number): Promise<Board> {
  await tx.query(
    "update meta set value = case when value < $1 then $1 else value + 1 end where key = 'epoch'",
    [epochMin],
  );
  return board(tx);
}

async function board(tx: Db): Promise<Board> {
  return {
    states: (await tx.query('select state from states order by target')).map(stateRow),
    plans: (await tx.query('select plan from plans order by route')).map(planRow),
    epoch: await counter(tx, 'epoch'),
    generation: await counter(tx, 'generation'),
  };
}

async function counter(tx: Db, key: 'epoch' | 'generation'): Promise<number> {
  return numberOf(await tx.query('select value as n from meta where key = $1', [key])) ?? 0;
}

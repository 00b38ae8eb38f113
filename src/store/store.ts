/** What the daemon remembers, on whichever database it is given: one SQL text for all of them. */

import type { BadRow } from '../ports/bad-row.ts';
import type { Board, Db, Store } from '../ports/store.ts';
import { audit } from './audit.ts';
import { createBadRows, readOrSetAside, readStates, unlessRefused } from './bad-rows.ts';
import type { BadRows } from './bad-rows.ts';
import { commit } from './commit.ts';
import * as hands from './hands.ts';
import { noteHeader, seenHeaders } from './headers.ts';
import * as outbox from './outbox.ts';
import { prune } from './prune.ts';
import * as pushes from './pushes.ts';
import { numberOf, planRow } from './rows.ts';
import * as runs from './runs.ts';
import { expectCurrent, migrate } from './schema.ts';
import { withCleanText } from './text.ts';
import { watched } from './watched.ts';

/**
 * @param options.isReadOnly for a database that another process writes: nothing is migrated, only checked
 * @param options.onBadRow called for each row that was set aside
 * @param options.epochMin the least epoch that `open` may give; a later start of any daemon has a higher one
 * @throws StoreError where the database cannot be used, or was written by a newer version
 */
export async function openStore(
  given: Db,
  options: { isReadOnly?: boolean; epochMin?: number; onBadRow?: (row: BadRow) => void } = {},
): Promise<Store> {
  const { db: clean, trouble, expectOwn } = watched(given);
  const db = withCleanText(clean);
  const bad = createBadRows(options.onBadRow ?? (() => {}), options.isReadOnly ?? false);
  await (options.isReadOnly ? expectCurrent(db) : migrate(db));
  return {
    ...tolerant(db, bad),
    open: () => db.transaction((tx) => begin(tx, options.epochMin ?? 0, bad)),
    peek: () => db.transaction((tx) => board(tx, bad)),
    trouble,
    claimRun: async (claim) => {
      expectOwn();
      return runs.claimRun(db, claim);
    },
    countResume: (runId) => runs.countResume(db, runId),
    openRuns: () => runs.openRuns(db, bad),
    commit: (given) => commit(db, given, bad),
    spentSince: (since) => runs.spentSince(db, since),
    spendings: (since) => runs.spendings(db, since),
    run: (runId) => runs.run(db, runId),
    runs: (query) => runs.runs(db, query),
    frame: (runId) => runs.frame(db, runId),
    events: (target) => runs.events(db, target),
    dueEntries: (channel, now, limit) => outbox.dueEntries(db, channel, now, { limit, bad }),
    nextEntryAt: (channel) => outbox.nextEntryAt(db, channel),
    queuedEntries: (target, channel, limit) => outbox.queuedEntries(db, target, channel, { limit, bad }),
    abandonEntries: (channels, now) => outbox.abandonEntries(db, channels, now),
    hastenEntries: (channel, now) => outbox.hastenEntries(db, channel, now),
    outboxCounts: () => outbox.outboxCounts(db),
    deadEntries: (limit) => outbox.deadEntries(db, limit),
    deadEntriesOf: (target, channel, limit) => outbox.deadEntriesOf(db, target, channel, limit),
    told: (target) => outbox.told(db, target),
    duePushes: (sink, now, limit) => pushes.duePushes(db, sink, now, { limit, bad }),
    nextPushAt: (sink) => pushes.nextPushAt(db, sink),
    seedPushes: (wanted, now) => pushes.seedPushes(db, wanted, now),
    pushStates: () => pushes.pushStates(db),
    hands: () => hands.hands(db, bad),
    pin: (pin, at) => hands.pin(db, pin, at),
    unpin: (route, target, by) => hands.unpin(db, route, target, by),
    freeze: (freeze) => hands.freeze(db, freeze),
    thaw: (thaw) => hands.thaw(db, thaw),
    endHands: (now) => hands.endHands(db, now),
    audit: (query) => audit(db, query),
    noteHeader: (seen) => noteHeader(db, seen),
    seenHeaders: () => seenHeaders(db),
    prune: (now, retention, pause) => prune(db, now, retention, pause),
    close: () => db.close(),
  };
}

/** Writes that end in the database also where it does not take the text of an error or a job. */
function tolerant(
  db: Db,
  bad: BadRows,
): Pick<Store, 'saveJob' | 'settleEntries' | 'settlePush' | 'noteDrift'> {
  return {
    saveJob: (runId, job, jobId, at) => {
      const work = () => runs.saveJob(db, runId, job, jobId, at);
      return unlessRefused({ table: 'runs', key: runId }, { work, otherwise: () => {}, bad });
    },
    settleEntries: (keys, outcome) => {
      const work = (given = outcome) => outbox.settleEntries(db, keys, given);
      const otherwise = () => work(withoutWords(outcome));
      return unlessRefused({ table: 'outbox', key: keys.join(' ') }, { work, otherwise, bad });
    },
    settlePush: (sink, route, generation, outcome) => {
      const work = (given = outcome) => pushes.settlePush(db, sink, route, generation, given);
      const otherwise = () => work(withoutWords(outcome));
      return unlessRefused({ table: 'pushes', key: `${sink} ${route}` }, { work, otherwise, bad });
    },
    noteDrift: (note) => {
      const work = () => pushes.noteDrift(db, note);
      const key = `${note.sink} ${note.route}`;
      return unlessRefused({ table: 'pushes', key }, { work, otherwise: () => false, bad });
    },
  };
}

function withoutWords<T extends object>(outcome: T): T {
  return 'error' in outcome ? { ...outcome, error: 'The database refused the text.' } : outcome;
}

async function begin(tx: Db, epochMin: number, bad: BadRows): Promise<Board> {
  await tx.query(
    "update meta set value = case when value < $1 then $1 else value + 1 end where key = 'epoch'",
    [epochMin],
  );
  return board(tx, bad);
}

async function board(tx: Db, bad: BadRows): Promise<Board> {
  const plans = await tx.query('select route, plan from plans order by route');
  return {
    states: await readStates(tx, bad),
    plans: await readOrSetAside(tx, 'plans', plans, { reader: planRow, bad }),
    epoch: await counter(tx, 'epoch'),
    generation: await counter(tx, 'generation'),
  };
}

async function counter(tx: Db, key: 'epoch' | 'generation'): Promise<number> {
  return numberOf(await tx.query('select value as n from meta where key = $1', [key])) ?? 0;
}

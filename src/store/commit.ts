/** One decision, written together or not at all. */

import { invariant } from '../core/base.ts';
import type { Commit, Db, Store } from '../ports/store.ts';
import { append } from './audit.ts';
import { attempt, closeBare, isRefused } from './bad-rows.ts';
import type { BadRows } from './bad-rows.ts';
import { enqueue } from './outbox.ts';
import { putPlan, wantPush } from './pushes.ts';
import { closeRun } from './runs.ts';
import { jsonText } from './text.ts';

/** Thrown inside the transaction to undo it; never seen outside this file. */
class Conflict extends Error {}

/**
 * Writes the closing of the run, the state, its event, the outbox rows, the plans, the pushes that they
 * call for, and what the audit says of them.
 * `state.version === before.version` says that the event taught nothing: the run is closed (and plans are written),
 * the state and the event are not, and there can be nothing to tell of the target.
 */
export async function commit(db: Db, given: Commit, bad: BadRows): ReturnType<Store['commit']> {
  const { before, state } = given;
  invariant(state.version >= before.version, `the version of ${state.id} went backwards`);
  const isNew = state.version > before.version;
  invariant(
    isNew || given.outbox.every(({ target }) => target !== state.id),
    `nothing changed for ${state.id}, but there is something to tell`,
  );
  try {
    return await write(db, given, null);
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  try {
    // Slower, but what is refused stands alone.
    return await write(db, given, bad);
  } catch (error) {
    if (!isRefused(error)) throw error;
    bad.report({ table: 'states', key: state.id, error: error.message });
    if (given.closesRun) await closeBare(db, given.closesRun.runId);
    return 'refused';
  }
}

/** @param bad where given, a trace and messages that the database refuses are left out */
async function write(
  db: Db,
  given: Commit,
  bad: BadRows | null,
): Promise<'done' | 'already_closed' | 'conflict'> {
  const { before, state } = given;
  const isNew = state.version > before.version;
  try {
    return await db.transaction(async (tx) => {
      if (given.closesRun && !(await close(tx, given.closesRun, bad))) return 'already_closed';
      if (isNew) await putStep(tx, given);
      // In one order for everybody, so that two daemons never wait for each other's rows.
      const plans = given.plans.toSorted((a, b) => (a.plan.route < b.plan.route ? -1 : 1));
      for (const change of plans) {
        if (!(await putPlan(tx, change.plan, change.before))) throw new Conflict();
        await wantPush(tx, change, given.event.at);
        if (change.audit) await append(tx, change.audit);
      }
      await enqueue(tx, given.outbox, { at: given.event.at, version: state.version, bad });
      await tx.query("update meta set value = $1 where key = 'generation' and value < $1", [
        given.generation,
      ]);
      return 'done';
    });
  } catch (error) {
    if (error instanceof Conflict) return 'conflict';
    throw error;
  }
}

async function close(
  tx: Db,
  closing: NonNullable<Commit['closesRun']>,
  bad: BadRows | null,
): Promise<boolean> {
  if (bad === null) return closeRun(tx, closing);
  const work = () => closeRun(tx, closing);
  const isClosed = await attempt(tx, { table: 'runs', key: closing.runId }, { work, bad });
  return isClosed ?? closeRun(tx, closing, false);
}

async function putStep(tx: Db, given: Commit): Promise<void> {
  const { before, state, event } = given;
  const params = [state.id, state.version, jsonText(state)];
  const rows =
    before.version === 0
      ? await tx.query(
          `insert into states (target, version, state) values ($1, $2, $3)
           on conflict (target) do nothing returning target`,
          params,
        )
      : await tx.query(
          'update states set version = $2, state = $3 where target = $1 and version = $4 returning target',
          [...params, before.version],
        );
  if (rows.length === 0) throw new Conflict();
  await tx.query('insert into events (target, version, at, event) values ($1, $2, $3, $4)', [
    state.id,
    state.version,
    event.at,
    jsonText(event),
  ]);
}

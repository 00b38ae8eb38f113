/** Pushes: for each sink and route one row, with the generation that the sink should hold. The latest wins. */

import { z } from 'zod';
import type { Pushed } from '../core/audit.ts';
import type { Instant } from '../core/base.ts';
import type { Drift } from '../core/drift.ts';
import type { RoutePlan } from '../core/route.ts';
import type { DriftNote } from '../ports/outbox.ts';
import type { Commit, Db, DuePush, Store } from '../ports/store.ts';
import { append } from './audit.ts';
import { readOrSetAside, tryRead } from './bad-rows.ts';
import type { BadRows } from './bad-rows.ts';
import { clampLimit } from './limits.ts';
import { enqueue } from './outbox.ts';
import { duePushRow, numberOf, planRow, pushStateRow, reader } from './rows.ts';
import { cleanStart, ERROR_CHARACTERS_MAX, jsonText } from './text.ts';

type Outcome = Parameters<Store['settlePush']>[3];

const notedRow = reader(z.object({ state: z.string(), noted: z.string().nullable() }));

/** As with the outbox: one text for "what is due" and for "when is the next due". */
const PUSHABLE = `from pushes push join plans plan on plan.route = push.route
  where push.sink = $1 and push.state = 'due' and push.generation = plan.generation`;

/** @returns false where the stored plan is not the one that this plan was computed from */
export async function putPlan(tx: Db, plan: RoutePlan, before: number): Promise<boolean> {
  const params = [plan.route, plan.generation, jsonText(plan)];
  const rows =
    before === 0
      ? await tx.query(
          `insert into plans (route, generation, plan) values ($1, $2, $3)
           on conflict (route) do nothing returning route`,
          params,
        )
      : await tx.query(
          'update plans set generation = $2, plan = $3 where route = $1 and generation = $4 returning route',
          [...params, before],
        );
  return rows.length === 1;
}

/** Every sink now wants this generation, however its last push ended; but who wanted no more pushes gets none. */
export async function wantPush(tx: Db, given: Commit['plans'][number], at: Instant): Promise<void> {
  for (const sink of given.sinks.toSorted())
    await tx.query(
      `insert into pushes (sink, route, generation, attempts, due_at, state) values ($1, $2, $3, 0, $4, 'due')
       on conflict (sink, route) do update
       set generation = excluded.generation, attempts = 0, due_at = excluded.due_at,
         state = case when pushes.state = 'stopped' then 'stopped' else 'due' end,
         error = case when pushes.state = 'stopped' then pushes.error end`,
      [sink, given.plan.route, given.plan.generation, at],
    );
}

export async function duePushes(
  db: Db,
  sink: string,
  now: Instant,
  { limit, bad }: { limit: number; bad: BadRows },
): Promise<DuePush[]> {
  const rows = await db.query(
    `select push.sink, push.route, push.attempts, plan.plan ${PUSHABLE} and push.due_at <= $2
     order by push.due_at, push.route limit $3`,
    [sink, now, clampLimit(limit)],
  );
  return readOrSetAside(db, 'plans', rows, { reader: duePushRow, bad });
}

export async function nextPushAt(db: Db, sink: string): Promise<Instant | null> {
  return numberOf(await db.query(`select min(push.due_at) as n ${PUSHABLE}`, [sink]));
}

export function settlePush(
  db: Db,
  sink: string,
  route: string,
  generation: number,
  outcome: Outcome,
): Promise<void> {
  const isRetry = outcome.is === 'retry';
  return db.transaction(async (tx) => {
    const [old] = await tx.query(
      'select state, noted from pushes where sink = $1 and route = $2 and generation = $3',
      [sink, route, generation],
    );
    if (old === undefined) return;
    const { state, noted } = notedRow(old);
    const said = await saidOf(tx, { sink, route, generation, wasApplied: state === 'applied' }, outcome);
    const note = `${said.result}: ${said.text}`;
    await tx.query(
      `update pushes set attempts = attempts + 1, state = $4, error = $5,
         due_at = coalesce($6, due_at), applied = coalesce($7, applied), noted = $8
       where sink = $1 and route = $2 and generation = $3`,
      [
        sink,
        route,
        generation,
        isRetry ? 'due' : outcome.is,
        outcome.is === 'applied' ? null : cleanStart(outcome.error, ERROR_CHARACTERS_MAX),
        isRetry ? outcome.dueAt : null,
        outcome.is === 'applied' ? generation : null,
        note,
      ],
    );
    // The same weights applied again, and the same refusal again, are no news.
    if (noted !== note) await append(tx, said);
  });
}

/** What the audit is to say of a push that has ended. */
async function saidOf(
  tx: Db,
  push: { sink: string; route: string; generation: number; wasApplied: boolean },
  outcome: Outcome,
): Promise<Pushed> {
  const { sink, route, generation, wasApplied } = push;
  const common = { type: 'pushed' as const, at: outcome.at, route, sink, generation };
  if (outcome.is !== 'applied') {
    const text = cleanStart(outcome.error, ERROR_CHARACTERS_MAX);
    // What was applied and is due again is what the router was later found not to hold.
    const result = outcome.is === 'stopped' ? 'stopped' : wasApplied ? 'drifted' : 'refused';
    return { ...common, result, text };
  }
  const [row] = await tx.query('select plan from plans where route = $1 and generation = $2', [
    route,
    generation,
  ]);
  const weights = (tryRead(row, planRow)?.members ?? []).map((m) => `${m.target} ${m.weight}`);
  return { ...common, result: 'applied', text: weights.join(', ') };
}

/** Where something differs, the push is due again. */
export function noteDrift(db: Db, note: DriftNote): Promise<boolean> {
  const { sink, route, generation, at, error, outbox } = note;
  return db.transaction(async (tx) => {
    const rows = await tx.query(
      `update pushes set drift = $4
       where sink = $1 and route = $2 and generation = $3 and state = 'applied' and drift is not distinct from $5
       returning route`,
      [sink, route, generation, textOf(note.drift), textOf(note.before)],
    );
    if (rows.length === 0) return false;
    if (error !== null) await settlePush(tx, sink, route, generation, { is: 'retry', at, dueAt: at, error });
    await enqueue(tx, outbox, { at, version: generation });
    return true;
  });
}

/** Always the same text for the same drift: it is compared. */
function textOf(drift: Drift | null): string | null {
  return drift && jsonText([drift.since, drift.lastAt, drift.times, drift.sames]);
}

/**
 * Rows for what the configuration wants and the store has no row for, or one behind its plan, or one that had been
 * stopped before the restart. Rows that nobody wants any more go: they would stay due for ever.
 */
export function seedPushes(db: Db, wanted: { sink: string; route: string }[], now: Instant): Promise<void> {
  const wants = new Set(wanted.map((want) => JSON.stringify([want.sink, want.route])));
  return db.transaction(async (tx) => {
    for (const row of await pushStates(tx))
      if (!wants.has(JSON.stringify([row.sink, row.route])))
        await tx.query('delete from pushes where sink = $1 and route = $2', [row.sink, row.route]);
    for (const want of wanted)
      await tx.query(
        `insert into pushes (sink, route, generation, attempts, due_at, state)
         select cast($1 as text), route, generation, 0, cast($3 as bigint), 'due' from plans where route = $2
         on conflict (sink, route) do update
         set generation = excluded.generation, attempts = 0, due_at = excluded.due_at, state = 'due', error = null
         where pushes.generation <> excluded.generation or pushes.state = 'stopped'`,
        [want.sink, want.route, now],
      );
  });
}

export async function pushStates(db: Db): ReturnType<Store['pushStates']> {
  const rows = await db.query(
    `select sink, route, generation as desired, applied, state, error, drift
     from pushes order by sink, route`,
  );
  return rows.map(pushStateRow);
}

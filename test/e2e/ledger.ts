/** What the store says that must have happened, to be held against what the world outside has seen. */

import { freshState } from '../../src/core/fresh.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { TargetState } from '../../src/core/model.ts';
import type { HealthPolicy } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { RunSummary } from '../../src/ports/runs.ts';
import { openSqliteReadOnly } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';

const RUNS_MAX = 1_000;

export interface Ledger {
  runs: RunSummary[];
  states: TargetState[];
  /** Folded anew from the events, which the stored states and stories must agree with. */
  folded: Map<string, { state: TargetState; effects: { key: string; effect: Effect }[] }>;
  outbox: { key: string; channel: string; state: string }[];
}

/** Reads a store that no daemon writes any more. */
export async function readLedger(file: string, policy: HealthPolicy): Promise<Ledger> {
  const db = openSqliteReadOnly(file);
  const store = await openStore(db, { isReadOnly: true });
  const { states } = await store.peek();
  const runs = await store.runs({ targets: states.map(({ id }) => id), limit: RUNS_MAX });
  const folded: Ledger['folded'] = new Map();
  for (const { id } of states) {
    let state = freshState(id, 0);
    const effects: { key: string; effect: Effect }[] = [];
    for (const event of await store.events(id)) {
      const step = reduce(state, event, policy);
      state = step.state;
      effects.push(...step.effects.map((effect, n) => ({ key: `${id}#${state.version}.${n}`, effect })));
    }
    folded.set(id, { state, effects });
  }
  const rows = await db.query('select key, channel, state from outbox order by key');
  await store.close();
  const outbox = rows.map((row) => ({
    key: String(row['key']),
    channel: String(row['channel']),
    state: String(row['state']),
  }));
  return { runs, states, folded, outbox };
}

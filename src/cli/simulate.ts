/** `reelwatch simulate`: what other parameters would have decided on what the store remembers. Orders nothing. */

import { readTextFile } from '../config/files.ts';
import type { ReadConfig } from '../config/reading.ts';
import { supposing } from '../config/supposing.ts';
import type { Instant } from '../core/base.ts';
import type { Effect } from '../core/effect.ts';
import { decidedOf, episodesOf, pairsOf } from '../core/hindsight.ts';
import type { TargetEvent, TargetId } from '../core/model.ts';
import type { HealthPolicy } from '../core/policy.ts';
import { replay } from '../core/replay.ts';
import type { Past } from '../core/replay.ts';
import { duration } from '../ports/options.ts';
import type { Board, OpenRun, Store } from '../ports/store.ts';
import { systemClock } from '../system/clock.ts';
import { configuredForReading } from './configured.ts';
import { openConfigured } from './database.ts';
import { end, EXIT } from './exit.ts';
import type { Account, TargetHindsight } from './hindsight.ts';
import { hindsightJson, hindsightText } from './hindsight.ts';

interface Asked {
  file: string;
  target: string | null;
  since: string;
  sets: readonly string[];
  other: string | null;
  asJson: boolean;
}

export async function simulate(asked: Asked): Promise<void> {
  const config = configuredForReading(asked.file);
  const supposed = supposing(config, asked, { env: process.env, readFile: readTextFile });
  if (!supposed.ok) end(EXIT.usage, ...supposed.errors, 'Nothing was replayed.');
  const ids = targetsOf(config, asked);
  const sinceMs = duration('').safeParse(asked.since);
  if (!sinceMs.success)
    end(EXIT.usage, `--since: Expected a duration such as 90s, 10m, 6h or 7d, got "${asked.since}".`);
  const store = await openConfigured(config, { isReadOnly: true });
  const from = systemClock.now() - sinceMs.data;
  const found = await lookBack(store, ids, { from, ...supposed });
  await store.close();
  const hindsight = { from, changes: supposed.changes, targets: found };
  const text = asked.asJson ? JSON.stringify(hindsightJson(hindsight), null, 2) : hindsightText(hindsight);
  process.stdout.write(`${text}\n`);
}

function targetsOf(config: ReadConfig, { file, target }: Asked): TargetId[] {
  const ids = config.targets.map(({ id }) => id);
  if (target === null) return ids;
  if (!ids.includes(target)) end(EXIT.usage, `${target} is not configured; ${file} has ${ids.join(', ')}.`);
  return [target];
}

interface Question {
  from: Instant;
  present: HealthPolicy;
  policy: HealthPolicy;
}

/** One target after the other, so that no more than one history is in memory. */
async function lookBack(
  store: Store,
  ids: readonly TargetId[],
  question: Question,
): Promise<TargetHindsight[]> {
  const board = await store.peek();
  const open = await store.openRuns();
  const found: TargetHindsight[] = [];
  for (const id of ids) {
    const events = await store.events(id);
    const past: Past = { target: id, events, open: jobsOf(open, id) };
    const until = Math.max(lastLifeOf(board), events.at(-1)?.at ?? 0, question.from);
    found.push(hindsightOf(past, await store.told(id), board, { ...question, until }));
  }
  return found;
}

function hindsightOf(
  past: Past,
  told: readonly Effect[],
  board: Board,
  { from, until, present, policy }: Question & { until: Instant },
): TargetHindsight {
  const state = board.states.find(({ id }) => id === past.target);
  const recorded = replay(past, present, { from, until, looks: 'recorded' });
  const other = replay(past, policy, { from, until, looks: 'anew' });
  const effectsOf = (one: typeof recorded) => one.decisions.flatMap(({ effects }) => effects);
  const decided = decidedOf({
    told: episodesOf(
      told.filter(({ at }) => at >= from),
      state?.incident ?? null,
    ),
    folded: episodesOf(effectsOf(recorded), recorded.state.incident),
    counted: state?.incidentCount ?? 0,
    open: state?.incident ?? null,
  });
  const replayed = episodesOf(effectsOf(other), other.state.incident);
  const account = (one: typeof recorded, episodes: Account['episodes']): Account => {
    const { watchedMs, suspectMs, withheldMs } = one;
    return { episodes, watchedMs, suspectMs, withheldMs };
  };
  return {
    target: past.target,
    ...completenessOf(past.events, state?.version ?? 0),
    until,
    decidedFrom: decided.from,
    decided: account(recorded, decided.episodes),
    replayed: account(other, replayed),
    pairs: pairsOf(decided.episodes, replayed),
    decisions: other.decisions,
  };
}

/** Each event counts a state's version up: where fewer are left, older ones have been forgotten. */
function completenessOf(
  events: readonly TargetEvent[],
  version: number,
): Pick<TargetHindsight, 'knownSince' | 'isCut'> {
  return { knownSince: events[0]?.at ?? null, isCut: events.length < version };
}

function jobsOf(open: readonly OpenRun[], id: TargetId): Past['open'] {
  return open
    .filter(({ target }) => target === id)
    .map(({ startedAt, acceptedAt }) => ({ submittedAt: startedAt, isAccepted: acceptedAt !== null }));
}

/** The last sign that a daemon was there to look: plans are issued again and again while one runs. */
function lastLifeOf({ plans, states }: Board): Instant {
  const beliefs = states.flatMap(({ belief, lastRun }) => [belief?.at ?? 0, lastRun?.at ?? 0]);
  return Math.max(0, ...plans.map(({ issuedAt }) => issuedAt), ...beliefs);
}

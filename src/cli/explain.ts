/** `reelwatch explain`: how probable each explanation of a target's state is, and what moved that. */

import { policyOf } from '../config/policy.ts';
import { EXPLANATION_WORDS } from '../core/explain.ts';
import { shownReason, shownState } from '../core/weights.ts';
import { whyOf } from '../core/why.ts';
import { systemClock } from '../system/clock.ts';
import { explanation } from '../web/routes/explain.ts';
import type { Explanation } from '../web/routes/explain.ts';
import { whyShape } from '../web/why.ts';
import { configuredForReading } from './configured.ts';
import { openConfigured } from './database.ts';
import { isDoubted, jobsOf, percent } from './doubt.ts';
import { end, EXIT } from './exit.ts';
import { remoteOf } from './remote.ts';
import type { ReadOptions } from './remote.ts';
import { table } from './table.ts';

const TEXT_CHARS_MAX = 70;
/** Less than this is not worth a line. */
const PROBABILITY_MIN = 0.001;

/** Reads the store, or with `--url` asks a running daemon. */
export async function explain(id: string, options: ReadOptions): Promise<void> {
  const found = await (options.url === undefined ? fromStore(id, options.config) : fromDaemon(id, options));
  if (options.json) return print(JSON.stringify(found, null, 2));
  print(found === null ? `${id}: nothing has been seen of it yet.` : textOf(found));
}

/** As the API says it; `reason` is in the store alone. */
type Found = Explanation & { reason?: string };

function fromDaemon(id: string, options: ReadOptions): Promise<Found> {
  const path = `/v1/explain?target=${encodeURIComponent(id)}`;
  return remoteOf(options, 'read').call('GET', path, null, explanation);
}

async function fromStore(id: string, file: string): Promise<Found | null> {
  const { options, targets } = configuredForReading(file);
  const target = targets.find((one) => one.id === id);
  if (target === undefined)
    end(EXIT.usage, `${id} is not configured; ${file} has ${targets.map((one) => one.id).join(', ')}.`);
  const store = await openConfigured({ options }, { isReadOnly: true });
  const board = await store.peek();
  const jobs = jobsOf(await store.openRuns(), id);
  await store.close();
  const states = new Map(board.states.map((state) => [state.id, state]));
  const moment = { at: systemClock.now(), jobs, targets, states };
  const why = whyOf(target, moment, policyOf(options).detection);
  const state = states.get(id);
  if (state === undefined || why === null) return null;
  return {
    target: id,
    state: shownState(state),
    ...(isDoubted(state) ? {} : { reason: shownReason(state).text }),
    ...whyShape(why, moment.at),
  };
}

function textOf({ target, state, reason, sentences, explanations, signs }: Found): string {
  const lines = [
    `${target} is ${state}${reason === undefined ? '' : `: ${reason}`}`,
    '',
    ...sentences.map((sentence) => `  ${sentence}`),
    '',
    ...explanations
      .filter(({ probability }) => probability >= PROBABILITY_MIN)
      .map(({ name, probability }) => `  ${percent(probability).padStart(7)}  ${EXPLANATION_WORDS[name]}`),
    '',
    table(
      ['seen', 'what', 'odds of a fault', 'text'],
      signs.map(({ at, what, factor: by, text }) => [seconds(at), what, `x ${factor(by)}`, cut(text)]),
    ),
  ];
  return lines.join('\n');
}

function seconds(iso: string): string {
  return iso.replace(/\.\d{3}Z$/, 'Z');
}

function factor(value: number): string {
  return Number(value.toPrecision(2)).toString();
}

function cut(text: string): string {
  return text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX - 1)}…` : text;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

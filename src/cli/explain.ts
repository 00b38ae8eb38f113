/** `reelwatch explain`: why a target is believed to be as it is, read from the store beside the daemon. */

import { policyOf } from '../config/policy.ts';
import { EXPLANATION_WORDS } from '../core/explain.ts';
import { shownReason, shownState } from '../core/weights.ts';
import { signWords, whyOf } from '../core/why.ts';
import { systemClock } from '../system/clock.ts';
import { configured } from './configured.ts';
import { openConfigured } from './database.ts';
import { end, EXIT } from './exit.ts';
import { isDoubted, jobsOf, percent } from './doubt.ts';
import { table } from './table.ts';

const TEXT_CHARS_MAX = 70;
/** Less than this is not worth a line. */
const PROBABILITY_MIN = 0.001;

export async function explain(id: string, file: string, asJson: boolean): Promise<void> {
  const { config } = configured(file);
  const targets = config.targets.map(({ target }) => target);
  const target = targets.find((one) => one.id === id);
  if (target === undefined)
    end(EXIT.usage, `${id} is not configured; ${file} has ${targets.map((one) => one.id).join(', ')}.`);
  const store = await openConfigured(config, { isReadOnly: true });
  const board = await store.peek();
  const jobs = jobsOf(await store.openRuns(), id);
  await store.close();
  const states = new Map(board.states.map((state) => [state.id, state]));
  const moment = { at: systemClock.now(), jobs, targets, states };
  const why = whyOf(target, moment, policyOf(config.options).detection);
  const state = states.get(id);
  if (asJson) return void process.stdout.write(`${JSON.stringify(why, null, 2)}\n`);
  if (state === undefined || why === null)
    return void process.stdout.write(`${id}: nothing has been seen of it yet.\n`);
  const lines = [
    `${id} is ${shownState(state)}${isDoubted(state) ? '' : `: ${shownReason(state).text}`}`,
    '',
    ...why.sentences.map((sentence) => `  ${sentence}`),
    '',
    ...why.explanations
      .filter(({ probability }) => probability >= PROBABILITY_MIN)
      .map(({ name, probability }) => `  ${percent(probability).padStart(7)}  ${EXPLANATION_WORDS[name]}`),
    '',
    table(
      ['seen', 'what', 'odds of a fault', 'text'],
      why.signs.map((sign) => [
        iso(sign.seen.at),
        signWords(sign),
        `x ${factor(sign.factor)}`,
        cut(sign.text),
      ]),
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function factor(value: number): string {
  return Number(value.toPrecision(2)).toString();
}

function cut(text: string): string {
  return text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX - 1)}…` : text;
}

/** What a replay found, for people: a line for each incident, the sums, and what they come to. */

import type { Instant } from '../core/base.ts';
import { MINUTE } from '../core/base.ts';
import type { Change } from '../config/supposing.ts';
import type { Episode, Pair } from '../core/hindsight.ts';
import { beganAt, detectMs, medianOf, SHORT_MS } from '../core/hindsight.ts';
import type { TargetId } from '../core/model.ts';
import type { Decision } from '../core/replay.ts';
import { span, table } from './table.ts';

/** Nearer than this two reports came at the same time: looks are half a minute apart. */
const SAME_MS = MINUTE;
/** Lines of one target; the sums count all. */
export const LINES_MAX = 200;

/** Of each target programs are told so many of the newest decisions. */
export const DECISIONS_TOLD_MAX = 1_000;

/** How the same time looked to one set of parameters. */
export interface Account {
  episodes: Episode[];
  watchedMs: number;
  suspectMs: number;
  withheldMs: number;
}

export interface TargetHindsight {
  target: TargetId;
  /** The first event that is still kept; null without any. */
  knownSince: Instant | null;
  /** Older events have been forgotten: belief begins anew at the first one. */
  isCut: boolean;
  until: Instant;
  /** Whether what was decided was told to a channel, or follows from the recorded events. */
  decidedFrom: 'told' | 'folded';
  decided: Account;
  replayed: Account;
  pairs: Pair[];
  /** What would have been decided. */
  decisions: Decision[];
}

export interface Hindsight {
  from: Instant;
  changes: Change[];
  targets: TargetHindsight[];
}

export interface Sums {
  incidents: number;
  detectMs: number | null;
  short: number;
  suspectMs: number;
  /** The mean share of its weight that a target was denied; null where nothing is known. */
  withheldShare: number | null;
}

export function sumsOf(targets: readonly TargetHindsight[], which: 'decided' | 'replayed'): Sums {
  const accounts = targets.map((one) => one[which]);
  const episodes = accounts.flatMap((one) => one.episodes);
  const total = (of: (one: Account) => number) => accounts.reduce((sum, one) => sum + of(one), 0);
  const watchedMs = total((one) => one.watchedMs);
  return {
    incidents: episodes.length,
    detectMs: detectMs(episodes),
    short: episodes.filter(({ isShort }) => isShort).length,
    suspectMs: total((one) => one.suspectMs),
    withheldShare: watchedMs === 0 ? null : total((one) => one.withheldMs) / watchedMs,
  };
}

/** All of it for programs: instants in ms since 1970, spans in ms. */
export function hindsightJson(hindsight: Hindsight): object {
  const targets = hindsight.targets.map((one) => ({
    ...one,
    decisions: one.decisions.slice(-DECISIONS_TOLD_MAX),
  }));
  const sums = { decided: sumsOf(targets, 'decided'), replayed: sumsOf(targets, 'replayed') };
  return { ...hindsight, targets, sums };
}

export function hindsightText(hindsight: Hindsight): string {
  const { changes, targets } = hindsight;
  const quiet = targets.length < 2 ? [] : targets.filter(isQuiet);
  return [
    changes.length === 0
      ? 'With the present configuration, nothing changed:'
      : changes.map(({ name, from, to }) => `${name}: ${to} instead of ${from}`).join('\n'),
    ...changes.filter(({ isJudging }) => !isJudging).map(idleText),
    ...targets.filter((one) => !quiet.includes(one)).map((one) => targetText(one, hindsight)),
    ...(quiet.length === 0 ? [] : [`no incident: ${quiet.map(({ target }) => target).join(', ')}`]),
    sumsText(targets),
    closing(hindsight),
    UNKNOWN,
  ].join('\n\n');
}

/** There is nothing to say of it but that. */
function isQuiet({ pairs, isCut, knownSince }: TargetHindsight): boolean {
  return pairs.length === 0 && knownSince !== null && !isCut;
}

const UNKNOWN =
  'Not replayed: with other parameters other canaries would have been ordered, at other times and for other money. ' +
  'Here the same ones are seen as then, and of free checks those that were worth writing down.';

function idleText({ name }: Change): string {
  return `${name} decides when canaries are ordered, or how many. That is not replayed: it changes nothing here.`;
}

function targetText(one: TargetHindsight, { from }: Hindsight): string {
  const { target, knownSince, isCut, until, pairs, decidedFrom } = one;
  if (knownSince === null) return `${target}: nothing is remembered of it.`;
  const start = Math.max(from, knownSince);
  const notes = [
    ...(isCut ? [`its history is complete since ${iso(knownSince)} only, and belief begins anew there`] : []),
    ...(decidedFrom === 'folded'
      ? ['no channel was told: what was decided is folded from the recorded events']
      : []),
  ];
  const head = `${target}, ${iso(start)} to ${iso(Math.max(until, start))}${notes.map((note) => `; ${note}`).join('')}`;
  if (pairs.length === 0) return `${head}\n  no incident`;
  const shown = pairs.slice(-LINES_MAX);
  const more = pairs.length - shown.length;
  const rows = shown.map((pair) => [
    iso(beganAt(pair)),
    when(pair, 'decided', 'reportedAt'),
    when(pair, 'replayed', 'reportedAt'),
    when(pair, 'decided', 'overAt'),
    when(pair, 'replayed', 'overAt'),
    differenceText(pair),
  ]);
  const columns = ['began', 'reported', 'in the replay', 'over', 'in the replay', 'difference'];
  return [
    head,
    ...(more > 0 ? [`${more} older ones are counted, not shown`] : []),
    table(columns, rows),
  ].join('\n');
}

function when(pair: Pair, who: 'decided' | 'replayed', what: 'reportedAt' | 'overAt'): string {
  const one = pair[who];
  if (one === null) return '-';
  const at = one[what];
  if (at === null) return 'goes on';
  // The day stands in front already.
  const isSameDay = iso(at).slice(0, 10) === iso(beganAt(pair)).slice(0, 10);
  return isSameDay ? iso(at).slice(11) : iso(at);
}

/** `reported 3 min earlier, over 5 min later`, `not reported`, `only in the replay (short)`. */
export function differenceText({ decided, replayed }: Pair): string {
  if (decided === null) return `only in the replay${shortText(replayed)}`;
  if (replayed === null) return `not reported${shortText(decided)}`;
  const parts = [
    ...shift('reported', replayed.reportedAt - decided.reportedAt),
    ...ending(decided.overAt, replayed.overAt),
    ...(decided.worst === replayed.worst ? [] : [`${replayed.worst} instead of ${decided.worst}`]),
  ];
  return parts.length === 0 ? 'the same' : parts.join(', ');
}

function ending(decided: Instant | null, replayed: Instant | null): string[] {
  if (decided !== null && replayed !== null) return shift('over', replayed - decided);
  if (decided === replayed) return [];
  return [decided === null ? 'over in the replay only' : 'goes on in the replay'];
}

function shift(what: string, ms: number): string[] {
  if (Math.abs(ms) < SAME_MS) return [];
  return [`${what} ${span(Math.abs(ms))} ${ms < 0 ? 'earlier' : 'later'}`];
}

function shortText(one: Episode | null): string {
  return one?.isShort === true ? ' (short)' : '';
}

function sumsText(targets: readonly TargetHindsight[]): string {
  const [was, would] = [sumsOf(targets, 'decided'), sumsOf(targets, 'replayed')];
  const row = (title: string, of: (sums: Sums) => string) => [title, of(was), of(would)];
  return table(
    ['together', 'decided', 'in the replay'],
    [
      row('incidents', ({ incidents }) => String(incidents)),
      row('first failure to report, median', (sums) => (sums.detectMs === null ? '-' : span(sums.detectMs))),
      row(`short: within ${span(SHORT_MS)}, by one kind of sign`, ({ short }) => String(short)),
      row('time as suspect', ({ suspectMs }) => span(suspectMs)),
      row('weight withheld, mean', ({ withheldShare }) =>
        withheldShare === null ? '-' : `${(100 * withheldShare).toFixed(2)} %`,
      ),
    ],
  );
}

/** What it comes to, in a sentence. */
export function closing({ changes, targets }: Hindsight): string {
  const pairs = targets.flatMap((one) => one.pairs);
  const who =
    changes.length === 0 ? 'Replayed' : `With ${changes.map(({ name, to }) => `${name}=${to}`).join(', ')}`;
  if (pairs.length === 0) return `${who}, nothing would have been reported either.`;
  const more = pairs.filter(({ decided }) => decided === null);
  const less = pairs.filter(({ replayed }) => replayed === null);
  const moved = pairs.flatMap(({ decided, replayed }) =>
    decided === null || replayed === null ? [] : [replayed.reportedAt - decided.reportedAt],
  );
  const parts = [
    ...groupText(more.length, 'more', more.filter(({ replayed }) => replayed?.isShort).length),
    ...groupText(less.length, 'fewer', less.filter(({ decided }) => decided?.isShort).length),
    ...movedText(moved.filter((ms) => ms <= -SAME_MS).map(Math.abs), 'earlier'),
    ...movedText(
      moved.filter((ms) => ms >= SAME_MS),
      'later',
    ),
  ];
  const others = moved.filter((ms) => Math.abs(ms) < SAME_MS).length;
  if (parts.length === 0)
    return `${who}, ${incidents(others)} would have been reported within a minute of when ${others === 1 ? 'it was' : 'they were'}.`;
  return `${who}: ${[...parts, ...(others > 0 ? [`${incidents(others)} reported within a minute of then`] : [])].join('; ')}.`;
}

function groupText(count: number, word: 'more' | 'fewer', short: number): string[] {
  if (count === 0) return [];
  const shorts = short === 0 ? '' : `, ${short === count && count > 1 ? 'all' : short} of them short`;
  return [`${count} ${word} ${count === 1 ? 'incident' : 'incidents'} reported${shorts}`];
}

function movedText(shifts: readonly number[], word: 'earlier' | 'later'): string[] {
  const ms = medianOf(shifts);
  if (ms === null) return [];
  return [
    `${incidents(shifts.length)} reported ${word}, by ${span(ms)}${shifts.length > 1 ? ' in the median' : ''}`,
  ];
}

function incidents(count: number): string {
  return `${count} ${count === 1 ? 'incident' : 'incidents'}`;
}

function iso(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

import type { Entry } from './contest.ts';
import { POLICIES } from './policies.ts';
import type { Scenario } from './scenario.ts';
import type { Summary } from './summary.ts';

/** What one scenario came to. The file that the tables and the plot in docs/ are made of. */
export interface Result {
  readonly scenario: { readonly name: string; readonly about: string; readonly days: number };
  readonly rows: readonly Row[];
}

export interface Row {
  readonly entry: string;
  readonly policy: string;
  readonly about: string;
  readonly budgetUsd: number;
  readonly without: readonly string[];
  readonly summary: Summary;
}

export function rowOf(entry: Entry, summary: Summary): Row {
  const { text, policy, budgetUsd, without } = entry;
  return { entry: text, policy, about: POLICIES[policy]?.about ?? policy, budgetUsd, without, summary };
}

export function resultOf({ name, about, days }: Scenario, rows: readonly Row[]): Result {
  return { scenario: { name, about, days: days ?? 90 }, rows };
}

const COLUMNS: readonly (readonly [string, (summary: Summary) => string])[] = [
  ['$/p-day', (s) => s.usdPerProviderDay.toFixed(2)],
  ['TTD med', (s) => minutes(s.service.ttdMedianMin)],
  ['p95', (s) => minutes(s.service.ttdP95Min)],
  ['missed', (s) => percent(s.service.missedShare)],
  ['undet', (s) => minutes(s.service.undetectedMeanMin)],
  ['free', (s) => minutes(s.byVisibility.freeCheck.ttdMedianMin)],
  ['dark', (s) => minutes(s.byVisibility.darkOutage.ttdMedianMin)],
  ['false/mo', (s) => s.falseAlarms.toFixed(2)],
  ['(net)', (s) => s.falseAlarmsOurNetwork.toFixed(2)],
  ['nuis/mo', (s) => s.nuisances.toFixed(2)],
  ['flaps/mo', (s) => s.flaps.toFixed(2)],
  ['recov', (s) => minutes(s.service.recoveryMedianMin)],
  ['p95', (s) => minutes(s.service.recoveryP95Min)],
  ['misattr', (s) => s.misattributions.toFixed(1)],
  ['userfail%', (s) => s.userFailPct.toFixed(3)],
  ['divert%', (s) => s.divertedHealthyPct.toFixed(2)],
  ['over', (s) => String(s.overruns)],
  ['s/seed', (s) => s.secondsPerSeed.toFixed(1)],
];

export function minutes(value: number | null): string {
  return value === null ? '∞' : value.toFixed(1);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}

/** A table for a terminal; times are in minutes. */
export function textTable({ rows }: Result): string {
  const head = ['policy', ...COLUMNS.map(([name]) => name)];
  const body = rows.map((row) => [row.entry, ...COLUMNS.map(([, figure]) => figure(row.summary))]);
  const widths = head.map((name, at) =>
    Math.max(name.length, ...body.map((cells) => cells[at]?.length ?? 0)),
  );
  return [head, ...body]
    .map((cells) =>
      cells
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

const CLASS_COLUMNS = [
  'hard',
  'model',
  'partial',
  'slow',
  'bad',
  'auth',
  'quota',
  'moderation',
  'retire',
  'maint',
] as const;

/** Median time to detect and share missed, by class of fault; and by the scenario's own tags where it has any. */
export function textByClass({ rows }: Result): string {
  return rows
    .map(({ entry, summary }) => {
      const classes = CLASS_COLUMNS.flatMap((cls) => {
        const one = summary.byClass[cls];
        return one === undefined ? [] : [`${cls} ${minutes(one.ttdMedianMin)} (${percent(one.missedShare)})`];
      });
      const tags = Object.entries(summary.byTag).map(
        ([tag, one]) => `${tag} ${minutes(one.ttdMedianMin)} (${percent(one.missedShare)})`,
      );
      return [`${entry}: ${classes.join(', ')}`, ...(tags.length === 0 ? [] : [`  ${tags.join(', ')}`])].join(
        '\n',
      );
    })
    .join('\n');
}

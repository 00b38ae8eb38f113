import { frontierPlot } from './plot.ts';
import { minutes, percent, type Result, type Row } from './report.ts';
import { standings, WORSE_MAX } from './robustness.ts';

export interface Page {
  readonly page: string;
  readonly plot: string;
}

/** The page with its figures, and the picture; from the benchmark's JSON. */
export function writePage(page: string, frontierJson: string, robustnessJson: string): Page {
  const [frontier] = JSON.parse(frontierJson) as Result[];
  const robustness = JSON.parse(robustnessJson) as Result[];
  if (frontier === undefined) throw new Error('Expected the result of a contest, got an empty list.');
  const withFrontier = fill(page, 'frontier', frontierTable(frontier));
  const withParts = fill(withFrontier, 'parts', partsTable(frontier));
  return {
    page: fill(withParts, 'robustness', robustnessTable(robustness)),
    plot: frontierPlot(frontier.rows.filter((row) => !isAblation(row))),
  };
}

/** The text with what stands between `<!-- name -->` and `<!-- /name -->` replaced. Throws where there is no such place. */
export function fill(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start < 0 || end < start) throw new Error(`Expected ${open} and ${close} in the page.`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
}

function isAblation(row: Row): boolean {
  return row.without.length > 0;
}

function frontierTable({ scenario, rows }: Result): string {
  const seeds = rows[0]?.summary.seeds ?? [];
  const lines = rows
    .filter((row) => !isAblation(row))
    .map((row) => {
      const { summary } = row;
      const { service, byVisibility } = summary;
      return [
        row.policy === 'reelwatch' ? `**reelwatch, budget $${row.budgetUsd}**` : row.about,
        summary.usdPerProviderDay.toFixed(2),
        minutes(service.ttdMedianMin),
        percent(service.missedShare),
        summary.falseAlarms.toFixed(2),
        `${minutes(service.recoveryMedianMin)} / ${minutes(service.recoveryP95Min)}`,
        `${summary.userFailPct.toFixed(3)} %`,
        `${minutes(byVisibility.freeCheck.ttdMedianMin)} / ${minutes(byVisibility.darkOutage.ttdMedianMin)}`,
        summary.misattributions.toFixed(1),
        // Only reelwatch promises a budget.
        row.policy === 'reelwatch' ? String(summary.overruns) : '–',
        summary.secondsPerSeed.toFixed(1),
      ];
    });
  const head = [
    'policy',
    '$ per provider-day',
    'TTD median, min',
    'missed',
    'false alarms per provider-month',
    'recovery noticed, median / p95 min',
    'user requests failed',
    'TTD free-visible / dark outage',
    'misattributed per seed',
    'overruns',
    's per seed',
  ];
  return `${seeds.length} seeds × ${scenario.days} days.\n\n${table(head, lines)}`;
}

/** What each part is worth: the policy with it, and without it. */
function partsTable({ rows }: Result): string {
  const without = rows.filter(isAblation);
  const whole = rows.find(
    (row) => !isAblation(row) && row.policy === 'reelwatch' && row.budgetUsd === without[0]?.budgetUsd,
  );
  const lines = [...(whole ? [whole] : []), ...without].map((row) => [
    isAblation(row) ? `without ${row.without.join(', ')}` : 'all',
    minutes(row.summary.service.ttdMedianMin),
    percent(row.summary.service.missedShare),
    row.summary.falseAlarms.toFixed(2),
    `${row.summary.userFailPct.toFixed(3)} %`,
  ]);
  const head = [
    'parts',
    'TTD median, min',
    'missed',
    'false alarms per provider-month',
    'user requests failed',
  ];
  return table(head, lines);
}

function robustnessTable(results: readonly Result[]): string {
  const ours = results[0]?.rows[0]?.entry ?? '';
  const stand = new Map(standings(results, ours).map((one) => [one.scenario, one]));
  const lines = results.flatMap(({ scenario, rows }) => {
    const summary = rows.find((row) => row.entry === ours)?.summary;
    if (summary === undefined) return [];
    const { ratio, worse } = stand.get(scenario.name) ?? {};
    return [
      [
        scenario.name,
        summary.usdPerProviderDay.toFixed(2),
        minutes(summary.service.ttdMedianMin),
        percent(summary.service.missedShare),
        summary.falseAlarms.toFixed(2),
        summary.flaps.toFixed(2),
        summary.misattributions.toFixed(1),
        String(summary.overruns),
        `${summary.userFailPct.toFixed(3)} %`,
        ratio === undefined ? '' : ratio.toFixed(2),
        worse === undefined ? '' : `×${worse.toFixed(2)}${worse > WORSE_MAX ? ' (worse)' : ''}`,
      ],
    ];
  });
  const head = [
    'scenario',
    '$',
    'TTD median, min',
    'missed',
    'false alarms',
    'flaps',
    'misattributed per seed',
    'overruns',
    'user requests failed',
    'unnoticed time / best peer',
    'against baseline',
  ];
  const seeds = results[0]?.rows[0]?.summary.seeds ?? [];
  return `${ours}, ${seeds.length} seeds a scenario.\n\n${table(head, lines)}`;
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

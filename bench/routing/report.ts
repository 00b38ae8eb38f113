// The results as tables: for the terminal, and for docs/routing.md.

import { fill } from '../detection/page.ts';
import { gainOf, POLICIES, PROPOSED, type Row } from './contest.ts';

/** The load at which prices, unusable videos and gains are told. */
const LOAD = 0.85;

/** The page with its figures, from the benchmark's JSON. */
export function writePage(page: string, json: string): string {
  const rows = JSON.parse(json) as Row[];
  return fill(fill(page, 'routing', table(rows)), 'gains', gains(rows));
}

export function table(rows: readonly Row[]): string {
  const loads = [...new Set(rows.map(({ load }) => load))];
  const names = [...new Set(rows.map(({ policy }) => policy))];
  const middle = loads.includes(LOAD) ? LOAD : (loads[0] ?? LOAD);
  const head = [
    'policy',
    ...loads.map((load) => `${load}/s: failed % / first try %`),
    'unusable per 100 jobs',
    '$ per usable video',
    'wait p50 / p95, s',
    'publishes in 4 h, mean / most',
  ];
  const lines = names.map((name) => {
    const own = rows.filter(({ policy }) => policy === name);
    const one = own.find(({ load }) => load === middle) ?? own[0];
    const isOurs = name.startsWith('reelwatch');
    const about = POLICIES[name]?.about ?? name;
    return [
      isOurs ? `**${about}**` : about,
      ...own.map(({ failedPct, firstTryPct }) => `${failedPct.toFixed(2)} / ${firstTryPct.toFixed(1)}`),
      one?.unusablePct.toFixed(1) ?? '',
      one?.usdPerUsable.toFixed(3) ?? '',
      `${one?.waitP50Sec.toFixed(0)} / ${one?.waitP95Sec.toFixed(0)}`,
      isOurs ? `${one?.publishesMean.toFixed(0)} / ${one?.publishesMax}` : '–',
    ];
  });
  const seeds = rows[0]?.seeds ?? [];
  return [
    `Seeds ${seeds[0]} to ${seeds.at(-1)}; the right-hand columns at ${middle} jobs/s.`,
    '',
    markdown(head, lines),
  ].join('\n');
}

/** What the policy gains on each other one, world by world. */
export function gains(rows: readonly Row[], name = PROPOSED): string {
  const loads = [...new Set(rows.map(({ load }) => load))];
  const others = [...new Set(rows.map(({ policy }) => policy))].filter((policy) => policy !== name);
  const lines = others.map((other) => [
    POLICIES[other]?.about ?? other,
    ...loads.map((load) => {
      const find = (policy: string) => rows.find((row) => row.policy === policy && row.load === load);
      const [one, two] = [find(name), find(other)];
      if (one === undefined || two === undefined) return '';
      const { mean, error } = gainOf(one, two);
      return `${mean >= 0 ? '+' : '−'}${Math.abs(mean).toFixed(2)} ±${error.toFixed(2)}`;
    }),
  ]);
  return markdown(['against', ...loads.map((load) => `${load}/s`)], lines);
}

function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

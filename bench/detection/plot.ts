import type { Row } from './report.ts';

// One picture does not need a chart library: those that draw without a browser bring a DOM or megabytes of grammar.

const WIDTH = 860;
const HEIGHT = 520;
const FRAME = { left: 64, right: 24, top: 24, bottom: 52 };
const X_TICKS = [0.3, 1, 3, 10, 30, 100, 300];
const Y_TICKS = [0.1, 0.3, 1, 3, 10, 30, 100, 300];
/** Policies that miss more than half of all faults have no median: they stand in a band above the axis. */
const NEVER_MIN = 1000;
const LETTER_PX = 7.2;
const LINE_PX = 13;
const COLORS = 5;

interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly series: string;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Time to detect over money, both logarithmic, as an SVG that is readable on light and on dark ground. */
export function frontierPlot(rows: readonly Row[]): string {
  const points = rows.map(pointOf);
  const series = [...new Set(points.map((point) => point.series))];
  const others = series.filter((name) => name !== 'reelwatch');
  const color = (name: string): string =>
    name === 'reelwatch' ? 'ours' : `s${others.indexOf(name) % COLORS}`;
  const lines = series.map((name) => line(points, name, color(name)));
  const dots = points.map(
    (one) => `<circle class="${color(one.series)}" cx="${fixed(one.x)}" cy="${fixed(one.y)}" r="4.5"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">`,
    '<title id="title">Median time to detect over US dollars per provider and day</title>',
    style(),
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    ...axes(),
    ...lines,
    ...dots,
    ...labels(points, color),
    '</svg>',
    '',
  ].join('\n');
}

function pointOf({ policy, budgetUsd, summary }: Row): Point {
  const isOurs = policy === 'reelwatch';
  return {
    x: across(summary.usdPerProviderDay),
    y: down(summary.service.ttdMedianMin ?? NEVER_MIN),
    label: isOurs ? `reelwatch $${budgetUsd}` : policy,
    series: policy.replace(/-\d+[mh]$/, ''),
  };
}

/** The place of a value on a logarithmic axis, 0 at the first tick and 1 at the last. */
function share(value: number, first: number, last: number): number {
  const kept = Math.min(last, Math.max(first, value));
  return Math.log(kept / first) / Math.log(last / first);
}

function across(usd: number): number {
  return FRAME.left + share(usd, 0.2, 500) * (WIDTH - FRAME.left - FRAME.right);
}

function down(minutes: number): number {
  return HEIGHT - FRAME.bottom - share(minutes, 0.07, NEVER_MIN) * (HEIGHT - FRAME.top - FRAME.bottom);
}

function axes(): string[] {
  const right = WIDTH - FRAME.right;
  const bottom = HEIGHT - FRAME.bottom;
  const vertical = X_TICKS.flatMap((usd) => {
    const x = fixed(across(usd));
    return [
      `<path class="grid" d="M${x} ${FRAME.top}V${bottom}"/>`,
      `<text x="${x}" y="${bottom + 18}" text-anchor="middle">$${usd}</text>`,
    ];
  });
  const horizontal = [...Y_TICKS, NEVER_MIN].flatMap((minutes) => {
    const y = down(minutes);
    const name = minutes === NEVER_MIN ? 'missed' : `${minutes} min`;
    return [
      `<path class="grid" d="M${FRAME.left} ${fixed(y)}H${right}"/>`,
      `<text x="${FRAME.left - 8}" y="${fixed(y + 4)}" text-anchor="end">${name}</text>`,
    ];
  });
  const middle = (FRAME.left + right) / 2;
  return [
    ...vertical,
    ...horizontal,
    `<text x="${middle}" y="${HEIGHT - 12}" text-anchor="middle">US dollars per provider and day</text>`,
    `<text x="${right}" y="${FRAME.top - 8}" text-anchor="end">median time to detect, log scales</text>`,
  ];
}

function line(points: readonly Point[], series: string, color: string): string {
  const own = points.filter((point) => point.series === series).toSorted((a, b) => a.x - b.x);
  const path = own.map(({ x, y }) => `${fixed(x)} ${fixed(y)}`).join('L');
  return own.length < 2 ? '' : `<path class="line ${color}" d="M${path}"/>`;
}

/** Each label where it covers no dot and no other label: at the right of its dot, left, below or above. */
function labels(points: readonly Point[], color: (series: string) => string): string[] {
  const taken: Box[] = points.map(({ x, y }) => ({ x: x - 6, y, width: 12 }));
  return points.map((point) => {
    const width = point.label.length * LETTER_PX;
    const { x, y } = point;
    const places: Box[] = [
      { x: x + 9, y: y - 6, width },
      { x: x + 9, y: y + 8, width },
      { x: x - 9 - width, y: y + 8, width },
      ...[1, -1, 2, -2].flatMap((step) => [
        { x: x - width / 2, y: y + step * (LINE_PX + 3), width },
        { x: x + 9, y: y + step * LINE_PX, width },
      ]),
    ];
    const isFree = (box: Box): boolean =>
      box.x > FRAME.left && box.x + width < WIDTH && !taken.some((other) => overlap(box, other));
    const box = places.find(isFree) ?? { x: x + 9, y: y - 6, width };
    taken.push(box);
    return `<text class="name ${color(point.series)}" x="${fixed(box.x)}" y="${fixed(box.y + 4)}">${point.label}</text>`;
  });
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && Math.abs(a.y - b.y) < LINE_PX;
}

function style(): string {
  const dress = (ground: string, ink: string, grid: string, colors: readonly string[]): string =>
    [
      `.ground{fill:${ground}}.name{stroke:${ground}}text{fill:${ink}}.grid{stroke:${grid}}`,
      ...colors.map((color, nth) => {
        const name = nth === 0 ? '.ours' : `.s${nth - 1}`;
        return `circle${name}{fill:${color}}path${name}{stroke:${color}}text${name}{fill:${color}}`;
      }),
    ].join('');
  const light = dress('#ffffff', '#57606a', '#e4e8ec', [
    '#0b6e4f',
    '#a4431a',
    '#6639ba',
    '#1f5fa8',
    '#8a6100',
    '#a12665',
  ]);
  const dark = dress('#0d1117', '#9aa4af', '#21272e', [
    '#4ade9e',
    '#f0925f',
    '#b99bf5',
    '#79b8ff',
    '#e3b341',
    '#f28cc0',
  ]);
  const plain =
    'text{font:12px system-ui,sans-serif}.grid{stroke-width:1}.line{fill:none;stroke-width:1.5;opacity:.6}' +
    '.line.ours{stroke-width:3;opacity:1}.name{stroke-width:4;paint-order:stroke;stroke-linejoin:round}.name.ours{font-weight:700}';
  return `<style>${plain}${light}@media(prefers-color-scheme:dark){${dark}}</style>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

// Compares ways to share out jobs among providers in seeded worlds: npm run bench:routing -- --help

import { parseArgs } from 'node:util';
import { compete, POLICIES, PROPOSED, type Row } from './contest.ts';
import { gains, table } from './report.ts';

const USAGE = `Usage: npm run bench:routing -- [options]
  --seeds A-B       (default: 1001-1100, which nothing was tuned on)
  --load X,Y        jobs per second (default: 0.5,0.85,1.1)
  --policy NAMES    comma-separated (default: all)
  --json            results as JSON on standard output
Policies:
${Object.entries(POLICIES)
  .map(([name, { about }]) => `  ${name.padEnd(16)}${about}`)
  .join('\n')}
Ends with 1 where a plan broke a promise.`;

const SEEDS_MAX = 1000;

function seedsOf(text: string): number[] {
  const [from = NaN, to = from] = text.split('-').map(Number);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to < from)
    throw new RangeError(`Expected seeds such as 1-30, got ${text}.`);
  return Array.from({ length: Math.min(SEEDS_MAX, to - from + 1) }, (_, n) => from + n);
}

function loadsOf(text: string): number[] {
  const loads = text.split(',').map(Number);
  if (loads.every((load) => load > 0 && load <= 10)) return loads;
  throw new RangeError(`Expected jobs per second such as 0.5,0.85, at most 10, got ${text}.`);
}

function main(): void {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1001-1100' },
      load: { type: 'string', default: '0.5,0.85,1.1' },
      policy: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const names = values.policy?.split(',') ?? Object.keys(POLICIES);
  const unknown = names.find((name) => !Object.hasOwn(POLICIES, name));
  if (unknown !== undefined) throw new RangeError(`There is no policy ${unknown}.`);
  const [seeds, loads] = [seedsOf(values.seeds), loadsOf(values.load)];
  const all = names.length * seeds.length * loads.length;
  let done = 0;
  const rows = compete(names, seeds, loads, () => {
    if (process.stderr.isTTY) process.stderr.write(`\r${++done} of ${all} runs `);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  print(rows, values.json);
}

function print(rows: readonly Row[], isJson: boolean): void {
  const broken = rows.flatMap((row) => row.broken);
  if (isJson) process.stdout.write(`[${rows.map((row) => JSON.stringify(row, shorten)).join(',\n')}]\n`);
  else {
    console.log(table(rows));
    if (rows.some(({ policy }) => policy === PROPOSED))
      console.log(`\nWhat ${PROPOSED} delivers more, points ± 95 %:\n${gains(rows)}`);
    console.log(`\nBroken promises: ${broken.length}`);
  }
  for (const what of broken.slice(0, 20)) console.error(what);
  if (broken.length > 0) process.exitCode = 1;
}

/** Six digits are more than a simulation is worth. */
function shorten(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}

try {
  main();
} catch (cause) {
  const isTheirs =
    cause instanceof RangeError || (cause as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  if (!isTheirs) throw cause;
  console.error(`${(cause as Error).message}\nSee --help.`);
  process.exitCode = 2;
}

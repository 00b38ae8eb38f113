// Compares monitors in seeded worlds: npm run bench:detection -- --help

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Entry, EntryError, parseEntry, type Task } from './contest.ts';
import { FRONTIER, POLICIES } from './policies.ts';
import { resultOf, type Result, rowOf, textByClass, textTable } from './report.ts';
import { PEERS, shippedNames, shippedScenario, standings, WORSE_MAX, wrongBeliefs } from './robustness.ts';
import { parseScenario, readScenario, type Scenario, ScenarioError } from './scenario.ts';
import { summarize } from './summary.ts';
import { runAll } from './threads.ts';

const USAGE = `Usage: npm run bench:detection -- [options]
  --scenario FILE   a scenario file, or the name of a shipped one (default: baseline)
  --seeds A-B       or A,B,C (default: the scenario's)
  --days N          length of the world (default: the scenario's)
  --policy NAMES    comma-separated; NAME@BUDGET~PART: US dollars per provider-day, and a part to do without
  --budget X        US dollars per provider-day where a name has none (default: 2)
  --frontier        the policies of the frontier in docs/detection.md
  --robustness      every shipped scenario and every belief wrong, against the peers
  --threads N       (default: one per core)
  --json            results as JSON on standard output
Policies:
${Object.entries(POLICIES)
  .map(([name, { about }]) => `  ${name.padEnd(16)}${about}`)
  .join('\n')}
Scenarios: ${shippedNames().join(', ')}`;

function options() {
  return parseArgs({
    options: {
      scenario: { type: 'string', default: 'baseline' },
      seeds: { type: 'string' },
      days: { type: 'string' },
      policy: { type: 'string' },
      budget: { type: 'string' },
      frontier: { type: 'boolean', default: false },
      robustness: { type: 'boolean', default: false },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

type Options = ReturnType<typeof options>;

/** A contest: one scenario, and who takes part. */
interface Contest {
  readonly scenario: Scenario;
  readonly entries: readonly Entry[];
}

function contestsOf(asked: Options): Contest[] {
  const budget = asked.budget === undefined ? undefined : Number(asked.budget);
  const parse = (names: readonly string[]): Entry[] => names.map((name) => parseEntry(name, budget));
  const named = asked.policy?.split(',');
  if (!asked.robustness) {
    const scenario = shippedNames().includes(asked.scenario)
      ? shippedScenario(asked.scenario)
      : readScenario(asked.scenario);
    return [{ scenario: adapt(scenario, asked), entries: parse(named ?? FRONTIER) }];
  }
  const ours = named ?? [oursOf(asked)];
  return [
    ...shippedNames().map((name) => ({
      scenario: shippedScenario(name),
      entries: parse([...ours, ...PEERS]),
    })),
    ...wrongBeliefs().map((scenario) => ({ scenario, entries: parse(ours) })),
  ].map(({ scenario, entries }) => ({ scenario: adapt(scenario, asked), entries }));
}

function oursOf(asked: Options): string {
  return asked.policy?.split(',')[0] ?? `reelwatch@${asked.budget ?? '5'}`;
}

function adapt(scenario: Scenario, asked: Options): Scenario {
  return parseScenario({
    ...scenario,
    ...(asked.seeds === undefined ? {} : { seeds: seedsOf(asked.seeds) }),
    ...(asked.days === undefined ? {} : { days: Number(asked.days) }),
  });
}

function seedsOf(text: string): number[] {
  const range = /^(\d+)-(\d+)$/.exec(text);
  if (!range) return text.split(',').map(Number);
  const [from, to] = [Number(range[1]), Number(range[2])];
  return Array.from({ length: Math.min(1000, to - from + 1) }, (_, nth) => from + nth);
}

/** All entries of a seed after each other, so that its world is made once. */
function tasksOf({ scenario, entries }: Contest): Task[] {
  return scenario.seeds.flatMap((seed) => entries.map((entry) => ({ scenario, seed, entry })));
}

async function hold(contests: readonly Contest[], threads: number): Promise<Result[]> {
  const tasks = contests.flatMap(tasksOf);
  const runs = await runAll(tasks, threads, (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${tasks.length} runs `);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  let first = 0;
  return contests.map(({ scenario, entries }) => {
    const own = runs.slice(first, (first += scenario.seeds.length * entries.length));
    const rows = entries.map((entry, at) =>
      rowOf(entry, summarize(own.filter((_, place) => place % entries.length === at))),
    );
    return resultOf(scenario, rows);
  });
}

function print(results: readonly Result[], asked: Options): void {
  if (asked.json) {
    process.stdout.write(jsonOf(results));
    return;
  }
  for (const result of results) {
    const { name, about, days } = result.scenario;
    const seeds = result.rows[0]?.summary.seeds.join(', ') ?? '';
    console.log(`\n${name}, ${days} days, seeds ${seeds}. ${about}\n${textTable(result)}`);
    if (!asked.robustness) console.log(`\nBy class, median minutes (missed):\n${textByClass(result)}`);
  }
  if (!asked.robustness) return;
  console.log('\nMean unnoticed time over that of the best peer, and that over the same in the baseline:');
  for (const { scenario, ratio, worse } of standings(results, oursOf(asked)))
    console.log(
      `${scenario.padEnd(20)} ${ratio.toFixed(2)}  x${worse.toFixed(2)}${worse > WORSE_MAX ? '  worse' : ''}`,
    );
}

/** A line for each policy, so that two versions can be compared by line. */
function jsonOf(results: readonly Result[]): string {
  const all = results.map(({ scenario, rows }) => {
    const lines = rows.map((row) => JSON.stringify(row, shorten)).join(',\n');
    return `{"scenario":${JSON.stringify(scenario)},"rows":[\n${lines}\n]}`;
  });
  return `[${all.join(',\n')}]\n`;
}

/** Six digits are more than a simulation is worth. */
function shorten(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}

try {
  const asked = options();
  if (asked.help) console.log(USAGE);
  else print(await hold(contestsOf(asked), Number(asked.threads ?? availableParallelism())), asked);
} catch (cause) {
  const isTheirs =
    cause instanceof ScenarioError ||
    cause instanceof EntryError ||
    (cause as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  if (!isTheirs) throw cause;
  console.error(`${(cause as Error).message}\nSee --help.`);
  process.exitCode = 2;
}

/**
 * Does to a real daemon what the field does to it, and checks what must stay true: `npm run faults`.
 * `--only NAME,NAME` runs some, `--short` uses the pauses of the tests, `--list` names all. Exits with 1 where a promise is
 * broken. Needs root, or sudo without a password, for the scenario of a full disk.
 */

import { parseArgs } from 'node:util';
import { runScenario, SCENARIOS } from '../test/faults/index.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

if (values.list) for (const { name, title } of SCENARIOS) console.log(`${name.padEnd(16)}${title}`);
else await runAll();

async function runAll(): Promise<void> {
  const wanted = values.only?.split(',') ?? SCENARIOS.map(({ name }) => name);
  const unknown = wanted.filter((name) => !SCENARIOS.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`There is no scenario ${unknown.join(', ')}; --list names all.`);
  let [kept, broken] = [0, 0];
  for (const scenario of SCENARIOS.filter(({ name }) => wanted.includes(name))) {
    const startedAt = performance.now();
    const outcome = await runScenario(scenario, !values.short);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    kept += outcome.kept;
    broken += outcome.broken.length;
    const mark = outcome.broken.length === 0 ? 'ok    ' : 'BROKEN';
    console.log(`${mark}  ${scenario.name.padEnd(16)}${scenario.title} (${outcome.kept} kept, ${seconds} s)`);
    for (const { promise, found } of outcome.broken)
      console.log(`        not true: ${promise}\n          found: ${found}`);
  }
  console.log(`\n${kept} promises kept, ${broken} broken`);
  if (broken > 0) process.exitCode = 1;
}

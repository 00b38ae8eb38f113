/** The commands and their options, as `--help` shows them. Each command is a file of its own, loaded when it is used. */

import { Command, CommanderError, Option } from 'commander';
import { StoreError } from '../ports/store.ts';
import { end, EXIT } from './exit.ts';
import { addHands } from './program-hands.ts';
import type { ReadOptions } from './remote.ts';
import type { StatusOptions } from './status.ts';
import { VERSION } from './version.ts';

const CONFIG = 'config/reelwatch.yaml';

/** Runs the command that `argv` names; ends the process with a sentence and an exit code where that cannot be. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(argv);
  } catch (error) {
    // Commander has said what is wrong; its own exit code 1 would read as a failed canary.
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    if (error instanceof StoreError) end(EXIT.taken, error.message);
    end(EXIT.fault, `This should not have happened: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

export function program(): Command {
  const root = new Command('reelwatch')
    .description('Watches AI video-generation providers with real canary generations.')
    .version(VERSION)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  for (const add of [
    addRun,
    addDemo,
    addCheck,
    addProbe,
    addStatus,
    addExplain,
    addSimulate,
    addClassify,
    addSimulator,
  ])
    add(root);
  addHands(root, configOption);
  return root;
}

function configOption(): Option {
  return new Option('-c, --config <file>', 'the configuration').default(CONFIG).env('REELWATCH_CONFIG');
}

function urlOption(description: string): Option {
  return new Option('--url <address>', description).env('REELWATCH_URL');
}

function tokenOption(): Option {
  return new Option('--token <token>', 'the bearer token for the daemon').env('REELWATCH_TOKEN');
}

function newStoreOption(): Option {
  return new Option('--new-store', 'begin without the store that this data directory has seen');
}

function addRun(root: Command): void {
  root
    .command('run')
    .description('start the daemon')
    .addOption(configOption())
    .addOption(newStoreOption())
    .action(async (options: { config: string; newStore?: true }) => {
      const { run } = await import('./run.ts');
      await run(options.config, options.newStore === true);
    });
}

function addDemo(root: Command): void {
  root
    .command('demo')
    .description('start the daemon beside simulated providers: no keys, no money')
    .addOption(new Option('-c, --config <file>', 'the configuration').default(null, 'config/demo.yaml'))
    .option('--no-incident', 'leave out the scripted incident after two minutes')
    .addOption(newStoreOption())
    .action(async (options: { config: string | null; incident: boolean; newStore?: true }) => {
      const { demo } = await import('./demo.ts');
      await demo(options);
    });
}

function addCheck(root: Command): void {
  root
    .command('check')
    .description('validate the configuration; print it masked, each canary, its price and the cost of a day')
    .argument('[file]', 'the configuration')
    .addOption(configOption())
    .option('--json', 'for programs')
    .action(async (file: string | undefined, options: { config: string; json?: true }) => {
      const { check } = await import('./check.ts');
      check(file ?? options.config, options.json === true);
    });
}

function addProbe(root: Command): void {
  root
    .command('probe')
    .description(
      'order one canary now and judge it; exits 0 on a pass, 1 on a failure, 3 where nothing can be said',
    )
    .argument('<target>', 'for example runway/gen4.5')
    .addOption(configOption())
    .option('--json', 'the trace and the verdict, for programs')
    .option(
      '--record <directory>',
      'write down what is said on the wire, without secrets, as a fixture for tests',
    )
    .action(async (target: string, options: { config: string; json?: true; record?: string }) => {
      const { probe } = await import('./probe.ts');
      const { config, json = false, record = null } = options;
      await probe(target, { file: config, asJson: json, recordIn: record });
    });
}

function addStatus(root: Command): void {
  root
    .command('status')
    .description("every target's state and weight, read from the store, which needs no keys")
    .addOption(configOption())
    .addOption(urlOption('ask the daemon at this address instead'))
    .addOption(tokenOption())
    .option('--exit-code', 'exit with 1 while a target is down')
    .option('--json', 'for programs')
    .action(async (options: StatusOptions) => {
      const { status } = await import('./status.ts');
      await status(options);
    });
}

function addExplain(root: Command): void {
  root
    .command('explain')
    .description('how probable each explanation of a state is, and what moved that; needs no keys')
    .argument('<target>', 'for example runway/gen4.5')
    .addOption(configOption())
    .addOption(urlOption('ask the daemon at this address instead'))
    .addOption(tokenOption())
    .option('--json', 'for programs')
    .action(async (target: string, options: ReadOptions) => {
      const { explain } = await import('./explain.ts');
      await explain(target, options);
    });
}

function addSimulate(root: Command): void {
  root
    .command('simulate')
    .description('what other `health:` options would have decided, and when, on what the store remembers')
    .argument('[target]', 'for example runway/gen4.5; without it all of them')
    .addOption(configOption())
    .option('--since <duration>', 'how far back', '7d')
    .option(
      '--set <name=value>',
      'another value of a health option, as the file has it; repeatable',
      gather,
      [],
    )
    .option('--with <file>', 'the health section of another configuration')
    .option('--json', 'for programs')
    .action(async (target: string | undefined, options: SimulateOptions) => {
      const { simulate } = await import('./simulate.ts');
      const { config: file, since, set: sets, with: other = null, json = false } = options;
      await simulate({ file, target: target ?? null, since, sets, other, asJson: json });
    });
}

interface SimulateOptions {
  config: string;
  since: string;
  set: string[];
  with?: string;
  json?: true;
}

function gather(value: string, before: string[]): string[] {
  return [...before, value];
}

function addClassify(root: Command): void {
  root
    .command('classify')
    .description('say whose fault an error is, and by what rule; reads it from stdin')
    .option('-p, --provider <name>', 'who sent it, where the lines do not say')
    .option('-s, --status <status>', 'the HTTP status that it came with')
    .option('--worked-before', 'the model has worked for us before')
    .addHelpText(
      'after',
      '\nStdin holds one error as it was copied, or JSON lines with `provider`, `http_status`, `body` or `text`, and\n' +
        'optionally `id` and `worked_before`. Exits 2 where a line cannot be read, after all the others.',
    )
    .action(async (options: { provider?: string; status?: string; workedBefore?: true }) => {
      const { classify } = await import('./classify.ts');
      await classify(options);
    });
}

function addSimulator(root: Command): void {
  root
    .command('simulator')
    .description("start the simulated providers alone, to try one's own configuration against them")
    .option('-p, --port <port>', 'where to listen on 127.0.0.1', '8781')
    .option('--seed <number>', 'same seed, same story', '7')
    .option('--speed <factor>', 'how much faster than real generations', '10')
    .option('--faults <file>', 'a JSON file with a timeline of faults')
    .option('--revived', "let OpenAI's Videos API work as it did before 2026-09-24")
    .action(
      async (options: { port: string; seed: string; speed: string; faults?: string; revived?: true }) => {
        const { simulator } = await import('./simulator.ts');
        await simulator(options);
      },
    );
}

/** The commands with which people have their say about weights; they speak to the running daemon. */

import type { Command } from 'commander';
import { Option } from 'commander';
import type { AuditOptions } from './audit.ts';
import type { SignedOptions } from './hands.ts';

const WHY = '--because <reason>';
const TARGET = 'for example runway/gen4.5';

type Dress = (command: Command) => Command;

/** @param configOption as the other commands have it */
export function addHands(root: Command, configOption: () => Option): void {
  const remote: Dress = (command) =>
    command
      .addOption(configOption())
      .addOption(
        new Option('--url <address>', 'where the daemon is; without it: as the configuration says').env(
          'REELWATCH_URL',
        ),
      )
      .addOption(
        new Option('--token <token>', 'who we are; without it: a token of the configuration').env(
          'REELWATCH_TOKEN',
        ),
      )
      .option('--json', 'for programs');
  const signed: Dress = (command) =>
    remote(command.option('--by <name>', 'who says so; without it: the name of the token, or $USER'));
  addPins(root, signed);
  addFreezes(root, signed);
  remote(root.command('audit').description('who did what to weights, and what came of it'))
    .option('--limit <number>', 'at most so many entries, the newest', '50')
    .option('--route <route>', 'of this one only')
    .action(async (options: AuditOptions) => {
      const { audit } = await import('./audit.ts');
      await audit(options);
    });
}

function addPins(root: Command, signed: Dress): void {
  signed(
    root
      .command('pin')
      .description("hold one target's weight in one route, above every rule, for a day at most"),
  )
    .argument('<route>', 'for example t2v.default')
    .argument('<target>', TARGET)
    .argument('<weight>', 'points of 100, or exclude: no jobs at all')
    .requiredOption('--for <duration>', 'how long, such as 2h; at most 24h')
    .requiredOption(WHY, 'for whoever finds it at night')
    .action(
      async (route: string, target: string, weight: string, options: SignedOptions & { for: string }) => {
        const { pin } = await import('./hands.ts');
        await pin(route, target, weight, options);
      },
    );
  signed(root.command('unpin').description('take a pin back before it ends by itself'))
    .argument('<route>')
    .argument('<target>', TARGET)
    .option(WHY, 'for the audit')
    .action(async (route: string, target: string, options: SignedOptions) => {
      const { unpin } = await import('./hands.ts');
      await unpin(route, target, options);
    });
}

function addFreezes(root: Command, signed: Dress): void {
  signed(root.command('freeze').description('hold the weights of a route, or of all, as they are'))
    .argument('[route]', 'without it: all of them')
    .option('--for <duration>', 'how long; without it: until it is lifted')
    .requiredOption(WHY, 'for whoever finds it at night')
    .action(async (route: string | undefined, options: SignedOptions & { for?: string }) => {
      const { freeze } = await import('./hands.ts');
      await freeze(route ?? null, options);
    });
  signed(root.command('thaw').description("lift a freeze, the policy's own with it"))
    .argument('[route]', 'without it: the freeze of all routes')
    .option(WHY, 'for the audit')
    .action(async (route: string | undefined, options: SignedOptions) => {
      const { thaw } = await import('./hands.ts');
      await thaw(route ?? null, options);
    });
}

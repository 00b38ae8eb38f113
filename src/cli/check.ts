/** `reelwatch check`: what would run, and what it would cost, without starting anything. */

import { forecast } from '../config/cost.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../core/base.ts';
import type { Forecast } from '../config/cost.ts';
import { configHash, masked } from '../config/print.ts';
import { configured } from './configured.ts';
import { money, table } from './table.ts';

export function check(file: string, asJson: boolean): void {
  const { config, warnings } = configured(file);
  const costs = forecast(config);
  if (asJson) {
    const report = { ok: true, hash: configHash(config), warnings, forecast: costs, config: masked(config) };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const parts = [
    JSON.stringify(masked(config), null, 2),
    canaries(costs),
    budgets(costs),
    outages(costs),
    ...warnings.map((warning) => `warning: ${warning}`),
    `${file} is good (${configHash(config).slice(0, 19)}).`,
  ];
  process.stdout.write(`${parts.join('\n\n')}\n`);
}

function canaries({ targets }: Forecast): string {
  const rows = targets.map(
    ({ target, facts, schedule, everyMs, usdPerDay, detectMs, isRetired, priceFrom }) => [
      target,
      isRetired ? 'retired: nothing is ordered' : `${facts.seconds} s, ${facts.width}x${facts.height}`,
      money(facts.costUsd),
      schedule === 'auto' && everyMs !== null ? about(everyMs) : schedule,
      `${money(usdPerDay)}/day`,
      detectMs === null ? '-' : about(detectMs),
      priceFrom,
    ],
  );
  const notes = targets.flatMap(({ target, facts }) => facts.notes.map((note) => `  ${target}: ${note}`));
  const shown = table(
    ['target', 'canary', 'price', 'every', 'cost', 'finds an outage in', 'price from'],
    rows,
  );
  const meant =
    'Times are means while all is well, for outages that no free check shows: the others are found sooner.';
  const explained = `${shown}\n${meant}`;
  return notes.length === 0 ? explained : `${explained}\n\nAdapted to the models:\n${notes.join('\n')}`;
}

/** In one unit, as it is a mean: two digits are enough. */
function about(ms: number): string {
  const [amount, unit] =
    ms < 2 * MINUTE ? [ms / SECOND, 's'] : ms < 2 * HOUR ? [ms / MINUTE, 'min'] : [ms / HOUR, 'h'];
  return `~${amount < 10 ? Number(amount.toFixed(1)) : Math.round(amount)} ${unit}`;
}

function budgets({ providers, total, quietMs, bought }: Forecast): string {
  const rows = [...providers, { id: 'all together', ...total }].map(({ id, usdPerDay, budgetUsd }) => [
    id,
    `${money(usdPerDay)}/day`,
    `${money(budgetUsd)}/day`,
  ]);
  return [
    table(['provider', 'while all is well', 'hard budget'], rows),
    'Canaries that confirm an outage or watch a recovery come on top, inside the budget.',
    ...moneyBuys(bought),
    ...(quietMs === 0 ? [] : [quiet(quietMs)]),
  ].join('\n');
}

/** What an outage costs, and whether its end is seen in time. */
function outages({ targets }: Forecast): string {
  const rows = targets.flatMap(({ target, outage }) =>
    outage === null
      ? []
      : [
          [
            target,
            `${outage.canaries} canaries, ${money(outage.usd)}`,
            money(outage.leftUsd),
            outage.isAffordable ? 'yes' : 'no: looks are further apart',
            outage.everyMs > HOUR ? `one in ${about(outage.everyMs)}` : 'one an hour or more',
          ],
        ],
  );
  const header = [
    'target',
    'an outage of an hour',
    'left for it',
    'affordable',
    'looks in an outage of a day',
  ];
  return [
    table(header, rows),
    ...targets.flatMap(({ target, facts, outage }) =>
      outage !== null && outage.everyMs > HOUR
        ? [
            `${target}: the budget does not pay for one look an hour through an outage of a day, ${money((DAY / HOUR) * facts.costUsd)}: its end may be seen ${about(outage.everyMs)} late.`,
          ]
        : [],
    ),
  ].join('\n');
}

/** What more and less money would buy. */
function moneyBuys([usual, ...others]: Forecast['bought']): string[] {
  if (usual === undefined) return [];
  const instead = others.map(({ budgetUsd, detectMs }) => `${about(detectMs)} for ${money(budgetUsd)}`);
  const found = `${money(usual.budgetUsd)} a day finds such an outage in ${about(usual.detectMs)}`;
  return [`${[found, ...instead].join(', ')} (half of the targets sooner, half later).`];
}

function quiet(ms: number): string {
  return `Quiet for ${about(ms)} a day: such an outage that begins then is found when they are over.`;
}

/** `reelwatch check`: what would run, and what it would cost, without starting anything. */

import { forecast } from '../config/cost.ts';
import { HOUR, MINUTE } from '../core/base.ts';
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
    ...warnings.map((warning) => `warning: ${warning}`),
    `${file} is good (${configHash(config).slice(0, 19)}).`,
  ];
  process.stdout.write(`${parts.join('\n\n')}\n`);
}

function canaries({ targets }: Forecast): string {
  const rows = targets.map(({ target, facts, schedule, usdPerDay, detectMs, isRetired, priceFrom }) => [
    target,
    isRetired ? 'retired: nothing is ordered' : `${facts.seconds} s, ${facts.width}x${facts.height}`,
    money(facts.costUsd),
    schedule,
    `${money(usdPerDay)}/day`,
    detectMs === null ? '-' : about(detectMs),
    priceFrom,
  ]);
  const notes = targets.flatMap(({ target, facts }) => facts.notes.map((note) => `  ${target}: ${note}`));
  const shown = table(
    ['target', 'canary', 'price', 'every', 'cost', 'finds an outage in', 'price from'],
    rows,
  );
  return notes.length === 0 ? shown : `${shown}\n\nAdapted to the models:\n${notes.join('\n')}`;
}

/** In one unit: it is a mean, and free checks may show an outage sooner. */
function about(ms: number): string {
  const [amount, unit] = ms < 2 * HOUR ? [ms / MINUTE, 'min'] : [ms / HOUR, 'h'];
  return `~${Math.round(amount)} ${unit}`;
}

function budgets({ providers, total }: Forecast): string {
  const rows = [...providers.map((one) => ({ ...one })), { id: 'all together', ...total }].map(
    ({ id, usdPerDay, budgetUsd }) => [id, `${money(usdPerDay)}/day`, `${money(budgetUsd)}/day`],
  );
  return `${table(['provider', 'scheduled', 'hard budget'], rows)}\nCanaries that confirm an outage or watch a recovery come on top, inside the budget.`;
}

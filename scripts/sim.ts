/**
 * Lives through many stormy weeks: `npm run sim -- --seeds 1000-1100 --days 7`. Exits with 1 where a promise broke.
 * With `--routes` freezes are easy, and routers are asked what they hold.
 */

import { parseArgs } from 'node:util';
import { EASILY_FROZEN, liveThrough } from '../test/sim/weather.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-20' },
    days: { type: 'string', default: '7' },
    routes: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const [first = 1, last = first] = values.seeds.split('-').map(Number);
const days = Number(values.days);
if (![first, last, days].every((number) => Number.isFinite(number) && number > 0)) {
  console.error('Expected --seeds FROM-TO and --days N.');
  process.exit(2);
}

const sum = { seeds: 0, canaries: 0, deaths: 0, stops: 0, tellings: 0, repeats: 0, pushes: 0, broken: 0 };
const began = performance.now();
for (let seed = first; seed <= last; seed++) {
  const { broken, counts, stories, hash, tookMs } = await liveThrough(
    seed,
    days,
    values.routes ? EASILY_FROZEN : {},
  );
  const { canaries, deaths, stops, tellings, repeats, pushes } = counts;
  console.log(
    [
      `seed ${seed}: ${canaries} canaries, ${stories} stories, ${tellings} tellings (${repeats} repeated),`,
      `${pushes} pushes, ${deaths} crashes, ${stops} stops, ${broken.length} broken promises,`,
      `${(tookMs / 1000).toFixed(2)} s, ${hash.slice(0, 12)}`,
    ].join(' '),
  );
  for (const promise of broken) console.log(`  ${promise}`);
  if (broken.length > 0) console.log(`  replay: npm run sim -- --seeds ${seed}-${seed} --days ${days}`);
  sum.seeds += 1;
  sum.canaries += canaries;
  sum.deaths += deaths;
  sum.stops += stops;
  sum.tellings += tellings;
  sum.repeats += repeats;
  sum.pushes += pushes;
  sum.broken += broken.length;
}
const tookS = ((performance.now() - began) / 1000).toFixed(1);
console.log(
  [
    `${sum.seeds} seeds of ${days} days in ${tookS} s: ${sum.canaries} canaries, ${sum.tellings} deliveries`,
    `(${sum.repeats} repeated), ${sum.pushes} pushes, ${sum.deaths} crashes, ${sum.stops} stops,`,
    `${sum.broken} broken promises`,
  ].join(' '),
);
process.exitCode = sum.broken > 0 ? 1 : 0;

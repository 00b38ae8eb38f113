/** Bad weather drawn from a seed: outages, faults of our own, deaf receivers, deaths of the process. */

import type { Instant } from '../../src/core/base.ts';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import type { Draw } from '../../src/simulator/random.ts';
import { createStreams } from '../../src/simulator/random.ts';
import type { FaultKind } from './faults.ts';
import { OUR_NETWORK } from './faults.ts';
import { brokenPromises } from './invariants.ts';
import { brokenWords, speakAtRandom } from './people.ts';
import { BUDGETS_USD } from './settings.ts';
import { createWorld, PEACE, START } from './world.ts';
import type { Chaos, World, WorldOptions } from './world.ts';

/** Everything that can go wrong at any moment. */
export const STORM: Chaos = {
  storeKills: 0.002,
  storeFails: 0.0005,
  storeSlow: 0.02,
  tellFails: 0.2,
  tellRefused: 0.003,
  tellKills: 0.05,
  pushFails: 0.1,
  pushKills: 0.01,
  orderKills: 0.005,
  noise: 0.004,
};

const STORMS: [kind: FaultKind, weight: number, p: number, longestMs: number][] = [
  ['down', 6, 1, 5 * HOUR],
  ['refused', 2, 1, 4 * HOUR],
  ['hang', 2, 1, 2 * HOUR],
  ['garbled', 1, 1, HOUR],
  ['partial', 3, 0.5, 3 * HOUR],
  ['job_fails', 2, 0.8, 3 * HOUR],
  ['stuck', 2, 0.7, 2 * HOUR],
  ['slow', 3, 1, 4 * HOUR],
  ['bad_video', 2, 0.9, 2 * HOUR],
  ['asset_down', 1, 1, 2 * HOUR],
  ['auth', 2, 1, 6 * HOUR],
  ['no_credit', 1, 1, 4 * HOUR],
  ['moderated', 1, 0.5, 3 * HOUR],
  ['rate_limited', 2, 0.7, 2 * HOUR],
  ['poll_limited', 1, 0.6, 2 * HOUR],
  ['lost_answer', 2, 0.3, 3 * HOUR],
  ['check_down', 2, 1, 2 * HOUR],
];

/** Two providers that go out within a while freeze a route, and the gateway can be asked what it holds. */
export const EASILY_FROZEN: Pick<WorldOptions, 'routing' | 'isAsked'> = {
  isAsked: true,
  routing: { freezeAt: 2, ejectGapMs: 20 * MINUTE },
};

/** After the last day the weather is calm for this long, so that everything can come to its end. */
export const CALM_MS = 4 * HOUR;

export interface WeekReport {
  seed: number;
  broken: string[];
  counts: World['books']['counts'];
  stories: number;
  /** The kinds of stories. */
  told: Set<string>;
  hash: string;
  tookMs: number;
}

/** Lives through some days of storm and a few hours of calm, and judges what became of it. */
export async function liveThrough(
  seed: number,
  days: number,
  { hasPeople = false, ...options }: Pick<WorldOptions, 'routing' | 'isAsked'> & { hasPeople?: boolean } = {},
): Promise<WeekReport> {
  const began = performance.now();
  const world = await createWorld({ seed, chaos: STORM, ...options });
  const end = START + days * DAY;
  brew(world, seed, end);
  if (hasPeople) speakAtRandom(world, seed, end);
  await world.runTo(end);
  world.setChaos(PEACE);
  await world.runTo(end + CALM_MS);
  const broken = [...(await brokenPromises(world)), ...(hasPeople ? await brokenWords(world) : [])];
  const told = [...world.books.entries.values()].flat().map(({ story }) => story.effect.type);
  await world.store.close();
  const { books } = world;
  return {
    seed,
    broken,
    counts: books.counts,
    stories: [...books.entries.values()].flat().length,
    told: new Set(told),
    hash: books.hash(),
    tookMs: performance.now() - began,
  };
}

function brew(world: World, seed: number, end: Instant): void {
  const streams = createStreams(seed ^ 0x5eed);
  for (const who of Object.keys(BUDGETS_USD)) brewFaults(world, who, streams(who), end);
  for (const who of ['slack', 'pager', 'gateway', 'edge']) {
    const kind = (draw: Draw) => (draw() < 0.3 ? 'hang' : 'deaf');
    spans(streams(who), end, 20 * HOUR, 5 * HOUR, (span, draw) => {
      world.faults.add({ who, kind: kind(draw), ...span });
    });
  }
  spans(streams(OUR_NETWORK), end, 40 * HOUR, 30 * MINUTE, (span) => {
    world.faults.add({ who: OUR_NETWORK, kind: 'refused', ...span });
  });
  spans(streams('meddlers'), end, 10 * HOUR, 2 * HOUR, (span) => {
    world.faults.add({ who: 'gateway', kind: 'meddled', ...span });
  });
  spans(streams('deaths'), end, 7 * HOUR, MINUTE, ({ fromAt }, draw) => {
    world.time.at(fromAt, () => world.kill('by chance', draw() < 0.1 ? fromAt + HOUR : undefined));
  });
  spans(streams('stops'), end, 9 * HOUR, MINUTE, ({ fromAt }) => world.time.at(fromAt, world.stop));
  spans(streams('pauses'), end, 11 * HOUR, 30 * MINUTE, ({ fromAt, untilAt }, draw) => {
    const { machine } = world;
    const stand = draw() < 0.5 ? machine.pause : machine.suspend;
    world.time.at(fromAt, () => stand(untilAt - fromAt));
  });
  if (streams('retirement')() < 0.5) retire(world, streams('retirement'), end);
}

function brewFaults(world: World, who: string, draw: Draw, end: Instant): void {
  const total = STORMS.reduce((sum, [, weight]) => sum + weight, 0);
  // One outage of hours stands alone in each week, so that its beginning and its end must be told.
  const fromAt = Math.round(START + (end - START) * (0.2 + 0.5 * draw()));
  const outage = { fromAt, untilAt: fromAt + 2.1 * HOUR + Math.round(draw() * 2 * HOUR) };
  world.faults.add({ who, kind: draw() < 0.7 ? 'down' : 'refused', ...outage });
  spans(draw, end, 14 * HOUR, 1, ({ fromAt }) => {
    let left = draw() * total;
    const [kind, , p, longestMs] = STORMS.find(([, weight]) => (left -= weight) < 0) ?? STORMS[0]!;
    const lengthMs = 5 * MINUTE + draw() ** 2 * longestMs;
    const untilAt = Math.min(fromAt + lengthMs, end);
    const factor = 3 + draw() * 6;
    const isApart = untilAt < outage.fromAt - HOUR || fromAt > outage.untilAt + 2 * HOUR;
    if (isApart) world.faults.add({ who, kind, p, fromAt, untilAt, factor });
    return lengthMs;
  });
}

/** A model's end is announced, maybe moved, and comes. */
function retire(world: World, draw: Draw, end: Instant): void {
  const span = end - START;
  const notice = (effectiveAt: Instant, knownAt: Instant) =>
    world.notices.push({
      provider: 'runway',
      model: 'wan3',
      knownAt,
      notice: {
        id: 'runway:wan3',
        kind: 'announced',
        subject: 'wan3',
        effectiveAt,
        replacement: 'wan4',
        source: 'the changelog',
        url: 'https://runway.invalid/changelog',
      },
    });
  notice(START + span * (0.6 + 0.3 * draw()), START + span * 0.2 * draw());
  if (draw() < 0.5) notice(START + span * (0.7 + 0.2 * draw()), START + span * (0.3 + 0.2 * draw()));
}

type Span = { fromAt: Instant; untilAt: Instant };

/** Spans with exponential gaps; `make` may say how long its span really is. */
function spans(
  draw: Draw,
  end: Instant,
  gapMs: number,
  longestMs: number,
  make: (span: Span, draw: Draw) => number | void,
): void {
  for (let fromAt = START; ;) {
    fromAt += Math.round(MINUTE - Math.log(1 - draw()) * gapMs);
    if (fromAt >= end) return;
    const lengthMs = Math.round(MINUTE + draw() * longestMs);
    const really = make({ fromAt, untilAt: Math.min(fromAt + lengthMs, end) }, draw);
    fromAt += typeof really === 'number' ? Math.round(really) : lengthMs;
  }
}

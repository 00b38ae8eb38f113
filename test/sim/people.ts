/** A person in the simulated world who pins and freezes at random, and what must be true of plans all the same. */

import type { AuditEntry, Planned } from '../../src/core/audit.ts';
import type { Instant } from '../../src/core/base.ts';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import type { Draw } from '../../src/simulator/random.ts';
import { createStreams } from '../../src/simulator/random.ts';
import type { World } from './world.ts';
import { START } from './world.ts';

const GAP_MS = 10 * MINUTE;
/** Whatever is said ends before the calm does. */
const LONGEST_MS = 3 * HOUR;
const PAGE = 1_000;
const BY = { author: 'ada', reason: 'by chance' };

/** Has a person say something every few minutes, while the daemon is there to hear it. */
export function speakAtRandom(world: World, seed: number, end: Instant): void {
  const draw = createStreams(seed)('a person');
  for (let at = START + GAP_MS; at < end; at += Math.round(GAP_MS * (0.5 + draw())))
    world.time.at(at, () => {
      const said = speak(world, draw);
      // A store that is away is told of, and the daemon may die before it answers.
      void said?.catch(() => undefined);
    });
}

function speak(world: World, draw: Draw): Promise<unknown> | undefined {
  const hands = world.app()?.hands;
  const { routes } = world.settings();
  const route = routes[Math.floor(draw() * routes.length)]!;
  const { target } = route.members[Math.floor(draw() * route.members.length)]!;
  const until = world.time.now() + Math.round(draw() * LONGEST_MS);
  const weight = draw() < 0.2 ? 'exclude' : Math.floor(draw() * 101);
  const scope = draw() < 0.5 ? null : route.id;
  const what = draw();
  if (what < 0.45) return hands?.pin({ route: route.id, target, weight, until, ...BY });
  if (what < 0.6) return hands?.unpin(route.id, target, BY);
  if (what < 0.8) return hands?.freeze(scope, until, BY);
  return hands?.thaw(scope, BY);
}

/** What is broken of what people were promised, in a world that has come to rest. */
export async function brokenWords(world: World): Promise<string[]> {
  const entries = await auditOf(world);
  const hands = await world.store.hands();
  const left = [...hands.pins, ...hands.freezes];
  const numbers = entries.map(({ n }) => n);
  return [
    ...left.map((word) => `${JSON.stringify(word)} did not end`),
    ...(numbers.every((n, place) => n === place + 1) ? [] : ['the audit has gaps']),
    ...world.settings().routes.flatMap(({ id }) => movedInFreeze(id, entries)),
    ...entries.flatMap((entry) => (entry.type === 'planned' ? wrongWeights(entry) : [])),
    ...endedLate(entries),
  ];
}

async function auditOf({ store }: World): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (let before = Infinity; before > 1;) {
    const page = await store.audit({ limit: PAGE, ...(before < Infinity && { before }) });
    entries.push(...page);
    before = page.at(-1)?.n ?? 1;
  }
  return entries.toReversed();
}

/** While weights are held, nothing moves them but what people say of single targets. */
function movedInFreeze(route: string, entries: readonly AuditEntry[]): string[] {
  let hasSpoken = false;
  return entries.flatMap((entry) => {
    if (entry.route !== null && entry.route !== route) return [];
    if (entry.type === 'pinned' || entry.type === 'unpinned' || entry.type === 'pin.ended') hasSpoken = true;
    if (entry.type !== 'planned') return [];
    const { before, after } = entry.posture;
    const moved = entry.members.filter((member) => member.before !== member.weight);
    const isHeld = before === 'frozen' && after === 'frozen' && !hasSpoken;
    hasSpoken = false;
    return isHeld && moved.length > 0
      ? [`${route} was frozen, and generation ${entry.generation} moved ${moved[0]?.target}`]
      : [];
  });
}

function wrongWeights({ route, generation, members }: Planned): string[] {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  return total === 100 ? [] : [`generation ${generation} of ${route} sums to ${total}`];
}

/** No plan is made of a pin that has ended, and a pin that ended is told of as of its very end. */
function endedLate(entries: readonly AuditEntry[]): string[] {
  return entries.flatMap((entry) =>
    entry.type === 'pin.ended' && entry.at !== entry.before?.until
      ? [`the pin of ${entry.target} ended at another moment than it was to`]
      : [],
  );
}

/** What is said of routes, in words. */

import { unreachable } from '../../core/base.ts';
import type { Instant } from '../../core/base.ts';
import { SETTLED_MS } from '../../core/drift.ts';
import type { HeldWeight, RouteEffect } from '../../core/effect.ts';
import { FILE_AUTHOR } from '../../core/hands.ts';
import { cut, minuteWords, spanWords } from './words.ts';

type Frozen = Extract<RouteEffect, { type: 'route.frozen' }>;
type Thawed = Extract<RouteEffect, { type: 'route.thawed' }>;

/** Of what a router holds, and of targets with their weights, in plain sentences. */
const partsMax = 20;
const partCharactersMax = 200;

/** @param isJoined the beginning is told in the same message */
export function routeHeadline(effect: RouteEffect, isJoined: boolean): { emoji: string; headline: string } {
  const { route } = effect;
  switch (effect.type) {
    case 'route.frozen': {
      const is = effect.mode === 'dry_run' ? 'would be frozen (dry run)' : 'are frozen';
      const count = effect.out.length;
      const out = `${count} ${count === 1 ? 'provider is' : 'providers are'} out`;
      const why = effect.by === 'policy' ? `: ${out}` : `, by ${whoWords(effect.by)}`;
      return { emoji: '🧊', headline: `The weights of ${route} ${is}${why}` };
    }
    case 'route.thawed': {
      const span = spanWords(effect.durationMs);
      return {
        emoji: '💧',
        headline: isJoined
          ? `The weights of ${route} were frozen for ${span} (over now)`
          : `The weights of ${route} move again after ${span}`,
      };
    }
    case 'router.drifted':
      return { emoji: '🔀', headline: `${effect.sink} does not hold the weights of ${route}` };
    case 'router.settled':
      return {
        emoji: '🔗',
        headline: isJoined
          ? `${effect.sink} did not hold the weights of ${route} for ${spanWords(effect.durationMs)} (over now)`
          : `${effect.sink} holds the weights of ${route} again`,
      };
    default:
      return unreachable(effect);
  }
}

/** What a message says beyond its headline, as full sentences. */
export function routeSentences(effect: RouteEffect): string[] {
  switch (effect.type) {
    case 'route.frozen':
      return [
        `${effect.why}.`,
        `Held: ${listOf(effect.held.map(heldWords))}.`,
        ...(effect.out.length === 0
          ? []
          : [`Out: ${listOf(effect.out.map((one) => `${one.provider} since ${minuteWords(one.since)}`))}.`]),
        `${endWords(effect, { instant: minuteWords, command: String })}.`,
      ];
    case 'route.thawed':
      return [`${endedWords(effect)}.`];
    case 'router.drifted':
      return [`Seen ${minuteWords(effect.at)}: ${listOf(effect.what)}.`, driftWords()];
    case 'router.settled':
      return [`${settledWords(effect.times)}.`];
    default:
      return unreachable(effect);
  }
}

/** Who froze: a name, or what did it. */
export function whoWords(by: string): string {
  if (by === 'policy') return 'reelwatch itself';
  return by === FILE_AUTHOR ? 'the freeze file' : by;
}

/** `kling/kling-3.0 67 % (down)`. */
export function heldWords({ target, weight, state }: HeldWeight): string {
  return `${target} ${weight} % (${state})`;
}

/** When a freeze ends. @param as how instants and commands are written */
export function endWords(
  { by, route, endsAt, liftedBy }: Frozen,
  as: { instant: (at: Instant) => string; command: (text: string) => string },
): string {
  if (liftedBy === 'file') return 'It ends when the freeze file is removed';
  const all = liftedBy === 'thaw_all';
  const thaw = `with ${as.command(all ? 'reelwatch thaw' : `reelwatch thaw ${route}`)}`;
  if (endsAt === null) return `${all ? 'All routes are frozen. ' : ''}It ends ${thaw}`;
  const back = by === 'policy' ? ', or as soon as enough of them are back' : '';
  return `It ends by itself at ${as.instant(endsAt)}${back}; sooner ${thaw}`;
}

export function endedWords({ ended, by }: Thawed): string {
  switch (ended) {
    case 'time':
      return 'It ended by itself: its time was over';
    case 'returned':
      return 'It ended by itself: enough providers are back';
    case 'person':
      if (by === FILE_AUTHOR) return 'The freeze file has been removed';
      return by === 'policy' ? 'A person has ended it' : `It was ${by}'s, and has been ended`;
    default:
      return unreachable(ended);
  }
}

export function driftWords(): string {
  return (
    'Somebody else writes to it, or it has forgotten. It has been pushed again. ' +
    `No more is told of it until it has kept the weights for ${spanWords(SETTLED_MS)}.`
  );
}

export function settledWords(times: number): string {
  return `It was found to differ ${times === 1 ? 'once' : `${times} times`}, and has kept the weights for ${spanWords(SETTLED_MS)} now`;
}

function listOf(parts: readonly string[]): string {
  const shown = parts.slice(0, partsMax).map((part) => cut(part, partCharactersMax));
  const more = parts.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

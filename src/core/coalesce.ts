/** Which queued stories are told as one: what was over before anybody could be told is one message. */

import { unreachable } from './base.ts';
import type { Effect, Story } from './effect.ts';

/**
 * How many entries from the head of a queue belong in one message: up to the end of what the head began, if that end is
 * queued too; else one. The head of an ordered queue must be told first, so only a run of entries from
 * the head may be joined.
 * @param queue the undelivered stories of one target or route for one channel, oldest first; not empty
 */
export function toldTogether(queue: readonly Story[]): number {
  const head = queue[0]?.effect;
  if (head === undefined) return 0;
  const end = queue.findIndex(({ effect }) => effect.at >= head.at && endsWhat(effect, head));
  return end === -1 ? 1 : end + 1;
}

/**
 * What was never delivered of the matter that these stories end, from its begin on: people who did not hear of a begin
 * are told of it with the end. Nothing where the begin was delivered, or is among the stories.
 * @param dead stories of the same target or route and channel that were given up, oldest first
 */
export function undeliveredBegin(dead: readonly Story[], told: readonly Story[]): Story[] {
  const end = told.at(-1)?.effect;
  if (end === undefined || !('durationMs' in end)) return [];
  const ended = dead.filter(({ effect }) => endsWhat(end, effect) && isOfThisTime(effect, end));
  const begin = ended.findIndex(({ effect }) => effect.type !== 'incident.changed');
  return begin === -1 ? [] : ended.slice(begin);
}

/** An incident is known by its id, everything else by the time that it lasted. */
function isOfThisTime(effect: Effect, end: Extract<Effect, { durationMs: number }>): boolean {
  return 'incident' in effect || (effect.at >= end.at - end.durationMs && effect.at <= end.at);
}

/** Whether what the head began is over with this effect. */
function endsWhat(effect: Effect, head: Effect): boolean {
  switch (head.type) {
    case 'incident.opened':
    case 'incident.changed':
      return effect.type === 'incident.closed' && effect.incident.id === head.incident.id;
    case 'blind.began':
      return effect.type === 'blind.ended';
    case 'funds.low':
      return effect.type === 'funds.restored';
    case 'route.frozen':
      return effect.type === 'route.thawed';
    case 'router.drifted':
      return effect.type === 'router.settled' && effect.sink === head.sink;
    case 'network.lost':
      return effect.type === 'network.restored';
    case 'budget.low':
      return effect.type === 'budget.restored';
    case 'incident.closed':
    case 'blind.ended':
    case 'notice.announced':
    case 'notice.moved':
    case 'target.retired':
    case 'funds.restored':
    case 'route.thawed':
    case 'router.settled':
    case 'network.restored':
    case 'budget.restored':
      return false;
    default:
      return unreachable(head);
  }
}

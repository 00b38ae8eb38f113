/** Which queued stories are told as one: an outage that was over before anybody could be told is one message. */

import type { Story } from './effect.ts';

/**
 * How many entries from the head of a queue belong in one message: up to the end of the incident that the head began,
 * if that end is queued too; else one. The head of an ordered queue must be told first, so only a run of entries from
 * the head may be joined.
 * @param queue the undelivered stories of one target for one channel, oldest first; not empty
 */
export function toldTogether(queue: readonly Story[]): number {
  const head = queue[0]?.effect;
  if (head === undefined) return 0;
  if (head.type === 'incident.opened' || head.type === 'incident.changed') {
    const end = queue.findIndex(
      ({ effect }) => effect.type === 'incident.closed' && effect.incident.id === head.incident.id,
    );
    return end === -1 ? 1 : end + 1;
  }
  if (head.type === 'blind.began') {
    const end = queue.findIndex(({ effect }) => effect.type === 'blind.ended' && effect.at >= head.at);
    return end === -1 ? 1 : end + 1;
  }
  if (head.type === 'funds.low') {
    const end = queue.findIndex(({ effect }) => effect.type === 'funds.restored' && effect.at >= head.at);
    return end === -1 ? 1 : end + 1;
  }
  return 1;
}

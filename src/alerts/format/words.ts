/** Numbers, causes and instants as people say them. Shared by every channel that writes to people. */

import { DAY, HOUR, MINUTE, SECOND, unreachable } from '../../core/base.ts';
import type { Instant } from '../../core/base.ts';
import type { Blame, Cause, Funds, Incident } from '../../core/model.ts';
import type { PeerView, Story, WeightMove } from '../../core/effect.ts';

/** Names of other targets that one line may hold. */
const troubledNamesMax = 5;

/** A span in its two largest units: `45 s`, `12 min 30 s`, `2 h 5 min`, `3 d 4 h`. Negative spans (clocks differ) are zero. */
export function spanWords(ms: number): string {
  const span = Math.max(0, ms);
  if (span < SECOND) return 'under a second';
  const seconds = Math.round(span / SECOND) * SECOND;
  if (seconds < MINUTE) return `${seconds / SECOND} s`;
  if (seconds < HOUR) return pair(seconds, MINUTE, 'min', SECOND, 's');
  const minutes = Math.round(span / MINUTE) * MINUTE;
  if (minutes < DAY) return pair(minutes, HOUR, 'h', MINUTE, 'min');
  return pair(Math.round(span / HOUR) * HOUR, DAY, 'd', HOUR, 'h');
}

function pair(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = (ms % big) / small;
  return `${Math.floor(ms / big)} ${bigName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** `2026-11-21T19:36:40Z`. */
export function isoWords(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** `2026-11-21 19:36 UTC`. */
export function minuteWords(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `2027-03-31, in 130 days`; the days counted from `now`. */
export function dayWords(at: Instant, now: Instant): string {
  const day = new Date(at).toISOString().slice(0, 10);
  const days = Math.floor(at / DAY) - Math.floor(now / DAY);
  if (days === 0) return `${day}, today`;
  const count = Math.abs(days) === 1 ? '1 day' : `${Math.abs(days)} days`;
  return days > 0 ? `${day}, in ${count}` : `${day}, ${count} ago`;
}

/** `the account lasts for 2 more days of canaries`. */
export function fundsWords({ daysLeft }: Funds): string {
  if (daysLeft === null) return 'the account is running low';
  const [count, unit] = daysLeft >= 2 ? [Math.floor(daysLeft), 'day'] : [Math.floor(daysLeft * 24), 'hour'];
  if (count === 0) return 'the account is empty or lasts for less than an hour of canaries';
  return `the account lasts for ${count} more ${unit}${count === 1 ? '' : 's'} of canaries`;
}

/** `Its balance is $4.20.` */
export function balanceWords({ usd }: Funds): string {
  return `Its balance is ${usd < 0 ? '-' : ''}$${Math.abs(usd).toFixed(2)}.`;
}

/** Why something does not work, as the end of the sentence "It fails because …". */
export function causeWords(cause: Cause | 'slow'): string {
  switch (cause) {
    case 'slow':
      return 'videos take much longer than usual';
    case 'unavailable':
      return 'the provider does not answer, or answers with errors';
    case 'overloaded':
      return 'the provider says it is overloaded';
    case 'timeout':
      return 'no answer, or no video, came in time';
    case 'garbled':
      return 'the provider answers with something that is not its API';
    case 'job_lost':
      return 'the provider accepted a job and then lost it';
    case 'bad_output':
      return 'videos come back unusable';
    case 'retired':
      return 'the provider says the model is retired';
    case 'model_missing':
      return 'the provider does not know the model';
    case 'rate_limited':
      return 'our requests are being rate limited';
    case 'moderated':
      return 'the provider refused the harmless test prompt';
    case 'unknown_status':
      return 'the provider reports a job status we do not know';
    case 'unexplained':
      return 'jobs fail for a reason that we cannot read';
    case 'not_inspected':
      return 'we could not inspect the video ourselves';
    case 'interrupted':
      return 'our own run was interrupted';
    case 'auth':
      return 'our key was refused';
    case 'no_access':
      return 'our account may not use this model';
    case 'no_credit':
      return 'our account has no credit left';
    case 'bad_request':
      return 'the provider did not accept our request';
    case 'unreachable':
      return 'our own network does not reach the provider';
    case 'no_budget':
      return 'the budget pays for no canary';
    default:
      return unreachable(cause);
  }
}

/** Why a target is in trouble: in an incident some causes mean more than they do by themselves. */
export function troubleWords({ cause, evidence }: Pick<Incident, 'cause' | 'evidence'>): string {
  if (cause === 'moderated') return 'the provider refuses prompts that it made before';
  if (cause === 'timeout' && evidence.length === 0) return 'jobs that were accepted do not end';
  return causeWords(cause);
}

/** The "them or us" line: who is at fault, with what the other providers' targets show. */
export function blameWords(blame: Blame, peers: PeerView): string {
  const others = peersWords(peers);
  if (blame === 'us') return `It is us, not them. ${others}`;
  if (blame === 'nobody') return `It says nothing about the provider. ${others}`;
  if (peers.fine > 0 && peers.troubled.length === 0) return `${others} It is them, not us.`;
  return others;
}

function peersWords({ fine, troubled, blind }: PeerView): string {
  const parts = [];
  if (fine > 0)
    parts.push(
      `${fine} ${fine === 1 ? 'target of another provider is' : 'targets of other providers are'} fine`,
    );
  if (troubled.length > 0) {
    const named = troubled.slice(0, troubledNamesMax).join(', ');
    const more = troubled.length - troubledNamesMax;
    parts.push(`others in trouble: ${named}${more > 0 ? ` and ${more} more` : ''}`);
  }
  if (blind > 0) parts.push(`${blind} cannot be seen at the moment`);
  if (parts.length === 0) return 'No other provider is watched to compare with.';
  const line = `${parts.join('; ')}.`;
  return line.charAt(0).toUpperCase() + line.slice(1);
}

/**
 * What became of each weight over several stories: the first `from`, the last `to`; what came back to where it was
 * is left out.
 */
export function netMoves(stories: readonly Story[]): WeightMove[] {
  const net = new Map<string, WeightMove>();
  for (const move of stories.flatMap((story) => story.moves)) {
    const key = JSON.stringify([move.route, move.target]);
    net.set(key, { ...move, from: net.get(key)?.from ?? move.from });
  }
  return [...net.values()].filter((move) => move.from !== move.to);
}

/** One line per route: `t2v.default: kling/kling-2.5 47 → 0, luma/ray-3 25 → 53`. */
export function moveLines(moves: readonly WeightMove[]): { route: string; text: string; dryRun: boolean }[] {
  return [...Map.groupBy(moves, (move) => move.route)].map(([route, of]) => ({
    route,
    text: of.map((move) => `${move.target} ${move.from} → ${move.to}`).join(', '),
    dryRun: of.every((move) => move.mode === 'dry_run'),
  }));
}

/** At most `charactersMax` UTF-16 units, ending in `…` where something was cut; never half of a surrogate pair. */
export function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

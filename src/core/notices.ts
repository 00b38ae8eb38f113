/** What is announced about a target's end, and what its day brings. */

import type { Instant } from './base.ts';
import type { TargetEffect } from './effect.ts';
import { onRetired } from './health.ts';
import type { Draft } from './health.ts';
import type { Notice, TargetState } from './model.ts';

/** An announcement was read somewhere. The same one again says nothing new. */
export function onNotice(draft: Draft, at: Instant, seen: Notice): Draft {
  const known = draft.state.notice;
  if (
    known !== null &&
    known.id === seen.id &&
    known.effectiveAt === seen.effectiveAt &&
    known.kind === seen.kind
  )
    return draft;
  const notice: Notice = known?.id === seen.id ? { ...seen, firstSeenAt: known.firstSeenAt } : seen;
  const noted: Draft = { ...draft, state: { ...draft.state, notice } };
  if (isOver(notice, at) && !hasOutlived(noted.state, notice))
    return onRetired(noted, at, notice, textOf(notice));
  const target = draft.state.id;
  if (known !== null && known.id === seen.id) {
    const moved: TargetEffect = { type: 'notice.moved', at, target, notice, from: known.effectiveAt };
    return { state: reprieved(noted.state, at), effects: [...noted.effects, moved] };
  }
  return { ...noted, effects: [...noted.effects, { type: 'notice.announced', at, target, notice }] };
}

/** An end that has been put off makes a retired target worth looking at again. */
function reprieved(state: TargetState, at: Instant): TargetState {
  if (state.health !== 'retired') return state;
  const reason = { code: 'unknown', text: 'its end has been put off; no canary has finished since' };
  return { ...state, health: 'unknown', since: at, lastRun: null, gone: 0, reason };
}

/** A date that was announced comes: the target retires, unless a good video has been seen since. */
export function onDay(draft: Draft, at: Instant): Draft {
  const { notice, health } = draft.state;
  if (notice === null || health === 'retired' || !isOver(notice, at)) return draft;
  return hasOutlived(draft.state, notice) ? draft : onRetired(draft, at, notice, textOf(notice));
}

/** Whether the target has shown a good video after its announced end, and nothing bad since. */
function hasOutlived({ belief }: TargetState, notice: Notice): boolean {
  const endAt = notice.effectiveAt ?? notice.firstSeenAt;
  // Before the first good video belief only supposes one.
  if (belief === null || belief.okAt === null) return false;
  // A slow video is a good one here: it has been made.
  const { canaryOkAt, lastBadAt } = belief;
  return canaryOkAt > endAt && canaryOkAt >= (lastBadAt ?? canaryOkAt);
}

function isOver(notice: Notice, at: Instant): boolean {
  return notice.effectiveAt === null ? notice.kind === 'retired' : notice.effectiveAt <= at;
}

function textOf(notice: Notice): string {
  const next = notice.replacement === null ? 'no replacement named' : `replacement: ${notice.replacement}`;
  return `${notice.subject} was shut down by its provider; ${next}`;
}

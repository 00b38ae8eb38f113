/** Which target a job goes to. Pure: what is known, what is wanted and one random number decide. */

import type { Capability, Content, RouteStatus, TargetStatus } from './document.ts';

/** First try included. */
export const ATTEMPTS_MAX = 3;

/** What an application knows of a route without reelwatch. */
export interface RouteSetting {
  /** Base weight of every target that the application can call, by target id. */
  targets: Readonly<Record<string, number>>;
  /** Whom to try next, best first; by base weight where it is not given. */
  fallback?: readonly string[];
  capability?: Capability;
  /** Ready-made videos, for when reelwatch offers none. */
  content?: readonly Content[];
}

/** What a job needs; what is not given does not matter. */
export interface Needs {
  task?: string;
  durationS?: number;
  aspectRatio?: string;
  resolution?: string;
  /** `true` needs sound; without it a route with sound will do as well. */
  audio?: boolean;
}

/** What to look for among ready-made videos. */
export interface Wish {
  category?: string;
  tags?: readonly string[];
}

export interface Target {
  id: string;
  /** Null where only the application's own settings are known; so is `model`. */
  provider: string | null;
  model: string | null;
}

/** A route as it is to be used now. */
export interface Plan {
  /** Excluded targets are not among them. */
  targets: readonly (Target & { weight: number })[];
  /** Every target of the plan, best first. */
  fallback: readonly string[];
  capability: Capability;
}

/**
 * @param status what reelwatch said of the route, if it did
 * @param isFresh whether that still counts; otherwise, as in a dry run, base weights hold
 * @param canCall whether the application has code for a target
 */
export function planOf(
  setting: RouteSetting,
  status: RouteStatus | null,
  isFresh: boolean,
  canCall: (target: string) => boolean,
): Plan {
  const callable = status?.targets.filter(({ id }) => canCall(id)) ?? [];
  // A document that names none of our targets knows nothing of them.
  if (status === null || callable.length === 0) return planFromCode(setting);
  const { capability } = status;
  const usable = callable.filter(({ role }) => role !== 'exclude');
  const isPlan = isFresh && status.isEnforced && usable.some(takesJobs);
  // A plan of nothing but zeros is never obeyed: whoever wrote it, it would stop everything.
  if (!isPlan) return { ...basePlan(usable, setting), capability };
  const targets = usable.map((one) => ({ ...named(one), weight: takesJobs(one) ? one.weight : 0 }));
  return { targets, fallback: ordered(targets, status.fallback), capability };
}

/** A target by weight for a job's first try; the best of the fallback order where no weight is left; null for nobody. */
export function pickFrom(plan: Plan, needs: Needs, draw: number): Target | null {
  if (!fits(plan.capability, needs)) return null;
  const total = plan.targets.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return nextOf(plan, needs, []);
  // What is no number from 0 to 1 draws the first.
  let left = total * (draw > 0 && draw < 1 ? draw : 0);
  const weighted = plan.targets.filter(({ weight }) => weight > 0);
  const found = weighted.find(({ weight }) => (left -= weight) < 0) ?? weighted.at(-1);
  return found ? named(found) : null;
}

/** The target to try after those that explicitly failed; null after the last attempt. */
export function nextOf(plan: Plan, needs: Needs, tried: readonly string[]): Target | null {
  if (tried.length >= ATTEMPTS_MAX || !fits(plan.capability, needs)) return null;
  const id = plan.fallback.find((one) => !tried.includes(one));
  const found = plan.targets.find((one) => one.id === id);
  return found ? named(found) : null;
}

/** The ready-made video that fits best: of the category first, then by tags; any rather than none. */
export function contentOf(contents: readonly Content[], wish: Wish): Content | null {
  const tags = new Set(wish.tags);
  let best: { content: Content; rank: number } | null = null;
  for (const content of contents) {
    const shared = new Set(content.tags.filter((tag) => tags.has(tag))).size;
    const isOfCategory = wish.category !== undefined && content.category === wish.category;
    const rank = (isOfCategory ? tags.size + 1 : 0) + shared;
    if (best === null || rank > best.rank) best = { content, rank };
  }
  return best?.content ?? null;
}

function fits(capability: Capability, needs: Needs): boolean {
  const { task, durationsS, aspectRatios, resolutions, audio } = capability;
  return (
    (needs.task === undefined || (task ?? needs.task) === needs.task) &&
    (needs.durationS === undefined || (durationsS?.includes(needs.durationS) ?? true)) &&
    (needs.aspectRatio === undefined || (aspectRatios?.includes(needs.aspectRatio) ?? true)) &&
    (needs.resolution === undefined || (resolutions?.includes(needs.resolution) ?? true)) &&
    (needs.audio !== true || (audio ?? true))
  );
}

function planFromCode(setting: RouteSetting): Plan {
  const targets = Object.entries(setting.targets).map(([id, baseWeight]) => ({
    id,
    provider: null,
    model: null,
    baseWeight,
  }));
  return { ...basePlan(targets, setting), capability: setting.capability ?? {} };
}

function basePlan(
  usable: readonly (Target & { baseWeight: number })[],
  setting: RouteSetting,
): Pick<Plan, 'targets' | 'fallback'> {
  const targets = usable.map((one) => ({ ...named(one), weight: one.baseWeight }));
  return { targets, fallback: ordered(targets, setting.fallback ?? []) };
}

function takesJobs({ role, weight }: TargetStatus): boolean {
  return role === 'serve' && weight > 0;
}

/** The order as given, then everybody whom it forgets, by weight. */
function ordered(targets: readonly { id: string; weight: number }[], given: readonly string[]): string[] {
  const byWeight = [...targets].sort((a, b) => b.weight - a.weight).map(({ id }) => id);
  const known = new Set(byWeight);
  return [...new Set([...given.filter((id) => known.has(id)), ...byWeight])];
}

function named({ id, provider, model }: Target): Target {
  return { id, provider, model };
}

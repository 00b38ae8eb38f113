/** Builds the status document from what is believed and what was seen. Pure. */

import type { Instant } from '../core/base.ts';
import { freshState } from '../core/fresh.ts';
import type { Notice, RunId, Target, TargetId, TargetState } from '../core/model.ts';
import type { Frozen, PlanMember, Route, RoutePlan } from '../core/route.ts';
import { AT_REST, routesByTarget } from '../core/route.ts';
import { weightLine } from '../core/line.ts';
import { shownReason, shownSince, shownState } from '../core/weights.ts';
import type { Settings } from '../ports/settings.ts';
import type { View } from '../ports/view.ts';
import { frameLink, iso, runLink } from './format.ts';
import { observe } from './observed.ts';
import type { RunsByTarget } from './recent.ts';
import type { Member, RouteShape, StatusDocument, TargetShape } from './schema.ts';
import { faultWritten } from './why.ts';

/** What is found by target and route: made once for a document, so that many targets cost no more each. */
interface Lookup {
  targets: ReadonlyMap<TargetId, Target>;
  routes: ReadonlyMap<TargetId, readonly Route[]>;
  members: ReadonlyMap<string, ReadonlyMap<TargetId, PlanMember>>;
}

export interface Known {
  settings: Settings;
  view: View;
  runs: RunsByTarget;
  now: Instant;
}

/**
 * The whole document, `reelwatch.status/1`.
 * @param routeId only this route's plan; the targets are all listed in any case
 */
export function statusDocument(known: Known, routeId: string | null): StatusDocument {
  const { settings, view } = known;
  const routes = settings.routes.filter((route) => routeId === null || route.id === routeId);
  const lookup = lookupOf(known);
  return {
    schema: 'reelwatch.status/1',
    controller: settings.controller,
    epoch: view.epoch,
    generation: view.generation(),
    config: settings.configHash,
    mode: settings.routes.some((route) => route.mode === 'enforce') ? 'enforce' : 'dry_run',
    issued_at: iso(Math.max(view.startedAt, view.lastTickAt())),
    valid_until: iso(view.validUntil()),
    on_expiry: 'base_weights',
    routes: routes.map((route) => routeShape(route, known, lookup)),
    targets: settings.targets.map((setting) => targetShape(setting.target, known, lookup)),
  };
}

/** One target with its weight and its last run; every configured one has this, whether routed or not. */
export function targetShape(target: Target, known: Known, lookup = lookupOf(known)): TargetShape {
  const state = stateOf(target.id, known);
  const routes = lookup.routes.get(target.id) ?? [];
  const [first] = routes;
  const member = first && lookup.members.get(first.id)?.get(target.id);
  const { incident, lastRun } = state;
  return {
    id: target.id,
    provider: target.provider,
    model: target.model,
    region: target.region,
    state: shownState(state),
    health: state.health,
    fault: faultWritten(state),
    weight: member?.weight ?? 0,
    since: iso(shownSince(state)),
    reason: reasonOf(state),
    last_run: lastRun && {
      id: lastRun.id,
      at: iso(lastRun.at),
      verdict: lastRun.verdict,
      total_ms: lastRun.totalMs,
      frame_url: frameOf(target.id, lastRun.id, known),
    },
    incident: incident && {
      id: incident.id,
      first_failure_at: iso(incident.firstFailureAt),
      detected_at: iso(incident.detectedAt),
      worst: incident.worst,
      cause: incident.cause,
    },
    deprecation: deprecationOf(state.notice),
    routes: routes.map((route) => route.id),
  };
}

function lookupOf(known: Known): Lookup {
  const { settings } = known;
  return {
    targets: new Map(settings.targets.map(({ target }) => [target.id, target])),
    routes: routesByTarget(settings.routes),
    members: new Map(
      settings.routes.map((route) => [
        route.id,
        new Map(membersOf(route, known).map((member) => [member.target, member])),
      ]),
    ),
  };
}

/** The belief about a target; fresh since the start for one that no event has reached yet. */
export function stateOf(id: TargetId, known: Pick<Known, 'view'>): TargetState {
  return known.view.states().get(id) ?? freshState(id, known.view.startedAt);
}

/** A route's members as planned; before its first plan the base weights hold, as they do after a plan has expired. */
export function membersOf(route: Route, known: Pick<Known, 'view'>): PlanMember[] {
  const plan = known.view.plans().get(route.id);
  if (plan) return plan.members;
  const sum = route.members.reduce((total, member) => total + member.baseWeight, 0);
  return route.members.map(({ target, baseWeight, inFlightMax }) => {
    const state = stateOf(target, known);
    return {
      target,
      baseWeight,
      weight: sum === 0 ? 0 : Math.round((100 * baseWeight) / sum),
      role: 'serve',
      state: shownState(state),
      since: shownSince(state),
      reason: shownReason(state),
      ...AT_REST,
      wanted: sum === 0 ? 0 : Math.round((100 * baseWeight) / sum),
      inFlightMax: inFlightMax ?? null,
    };
  });
}

function routeShape(route: Route, known: Known, lookup: Lookup): RouteShape {
  const plan: RoutePlan | undefined = known.view.plans().get(route.id);
  const { capability } = route;
  return {
    id: route.id,
    mode: route.mode,
    posture: plan?.posture ?? 'normal',
    capability: {
      task: capability.task,
      durations_s: capability.durationsS,
      aspect_ratios: capability.aspectRatios,
      resolutions: capability.resolutions,
      audio: capability.audio,
    },
    targets: membersOf(route, known).map((member) => ({
      ...memberShape(member, known, lookup),
      explain: plan === undefined ? null : weightLine(route, plan, member.target),
    })),
    fallback: plan?.fallback ?? [],
    frozen: frozenShape(plan?.frozen ?? null),
    fallback_content: route.fallbackContent,
  };
}

/** What holds weights, with its end where it has one. */
export function frozenShape(frozen: Frozen | null): RouteShape['frozen'] {
  if (frozen === null) return null;
  const { since, until, why, by } = frozen;
  return { since: iso(since), until: until === undefined ? null : iso(until), why, by };
}

function memberShape(member: PlanMember, known: Known, lookup: Lookup): Omit<Member, 'explain'> {
  const target = lookup.targets.get(member.target);
  const state = stateOf(member.target, known);
  const slash = member.target.indexOf('/');
  return {
    id: member.target,
    provider: target?.provider ?? member.target.slice(0, Math.max(0, slash)),
    model: target?.model ?? member.target.slice(slash + 1),
    weight: member.weight,
    base_weight: member.baseWeight,
    role: member.role,
    state: member.state,
    since: iso(member.since),
    reason: { ...evidenceOf(state), ...member.reason },
    factors: member.factors,
    limits: { max_in_flight: member.inFlightMax },
    observed: observe(known.runs.get(member.target) ?? [], known.now),
    deprecation: deprecationOf(state.notice),
    pin: member.pin && { ...member.pin, until: iso(member.pin.until) },
  };
}

function reasonOf(state: TargetState): TargetShape['reason'] {
  return { ...evidenceOf(state), ...shownReason(state) };
}

/** A link to the newest run that showed what is wrong, while something is. */
function evidenceOf(state: TargetState): { evidence?: string } {
  const runId = state.evidence.find((evidence) => evidence.runId !== null)?.runId;
  return runId ? { evidence: runLink(runId) } : {};
}

function frameOf(target: TargetId, runId: RunId, known: Known): string | null {
  const run = known.runs.get(target)?.find((run) => run.runId === runId);
  return run?.hasFrame ? frameLink(runId) : null;
}

export function deprecationOf(notice: Notice | null): TargetShape['deprecation'] {
  if (!notice) return null;
  const sunsetAt = notice.effectiveAt;
  return { sunset_at: sunsetAt === null ? null : iso(sunsetAt), replacement: notice.replacement };
}

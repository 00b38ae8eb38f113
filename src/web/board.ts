/** What the status page shows, before it becomes HTML. Pure. */

import type { Instant } from '../core/base.ts';
import type { Funds, Notice, RunId, ShownState, Target, TargetId, TargetState } from '../core/model.ts';
import type { Frozen, PlanMember, Posture } from '../core/route.ts';
import { shownReason, shownSince, shownState } from '../core/weights.ts';
import type { Why } from '../core/why.ts';
import type { UserCounts } from '../ports/outcomes.ts';
import type { Flight } from '../ports/view.ts';
import { type Known, membersOf, stateOf } from './document.ts';
import { clockTime } from './format.ts';
import type { Ledger, RunDigest } from './recent.ts';
import { whyNow } from './why.ts';

/** As many bars as fit side by side on a phone. */
export const BARS_MAX = 30;
/** More names than this make a headline nobody reads. */
const NAMED_MAX = 3;

export interface BoardTarget {
  target: Target;
  belief: TargetState;
  state: ShownState;
  since: Instant;
  reason: string;
  /** Why it is believed to be in trouble; null where it is not, or where nothing is believed. */
  why: Pick<Why, 'fault' | 'sentences'> | null;
  notice: Notice | null;
  weights: { route: string; weight: number; base: number; isDryRun: boolean }[];
  /** Newest first. */
  runs: readonly RunDigest[];
  frame: RunDigest | null;
  flights: Flight[];
  /** A limit of our account below what is planned; null where it suffices or is not known. */
  limit: { perDayMax: number; planned: number } | null;
  /** Since when its canaries cannot be paid for. */
  unpaidSince: Instant | null;
  /** Users' jobs of the last hour, where routers tell of them. */
  users: UserCounts | null;
}

export interface BoardProvider {
  /** Our account there, where the free check tells it. */
  funds: (Funds & { isLow: boolean }) | null;
  id: string;
  targets: BoardTarget[];
  /** null while the store cannot be read. */
  spentUsd: number | null;
  budgetUsd: number | null;
}

export interface BoardRoute {
  id: string;
  isDryRun: boolean;
  posture: Posture;
  frozen: Frozen | null;
  members: PlanMember[];
  fallback: string[];
}

export interface Board {
  now: Instant;
  headline: Headline;
  providers: BoardProvider[];
  routes: BoardRoute[];
  flights: number;
  spentUsd: number | null;
  totalBudgetUsd: number;
  outbox: { due: number; dead: number } | null;
  lag: number;
  /** Routers that were found to hold other weights than they had applied. */
  drifts: { sink: string; route: string; since: Instant }[];
  index: string;
  validUntil: Instant;
  lastTickAt: Instant;
  /** Set when the probing loop has been silent for too long: since when. */
  silentSince: Instant | null;
  version: string;
}

export interface Headline {
  tone: 'good' | 'watch' | 'bad';
  text: string;
  /** For the tab: `✕ 1 down`; empty when all is well. */
  short: string;
}

export type KnownWithUsers = Known & { users: ReadonlyMap<TargetId, UserCounts> };

export function buildBoard(
  known: KnownWithUsers,
  more: { ledger: Ledger | null; version: string; silentMs: number; silentMsMax: number },
): Board {
  const { settings, view, now } = known;
  const { ledger } = more;
  const providers = providersOf(known, ledger);
  const lastTickAt = Math.max(view.startedAt, view.lastTickAt());
  return {
    now,
    headline: headline(providers, now),
    providers,
    routes: settings.routes.map((route) => ({
      id: route.id,
      isDryRun: route.mode === 'dry_run',
      posture: view.plans().get(route.id)?.posture ?? 'normal',
      frozen: view.plans().get(route.id)?.frozen ?? null,
      members: membersOf(route, known),
      fallback: view.plans().get(route.id)?.fallback ?? [],
    })),
    flights: view.flights().length,
    spentUsd: ledger && Object.values(ledger.spentUsd).reduce((sum, usd) => sum + usd, 0),
    totalBudgetUsd: settings.totalBudgetUsd,
    outbox: ledger && {
      due: ledger.outbox.reduce((sum, { due }) => sum + due, 0),
      dead: ledger.outbox.reduce((sum, { dead }) => sum + dead, 0),
    },
    lag: ledger?.pushes.filter(({ desired, applied }) => desired !== applied).length ?? 0,
    drifts: (ledger?.pushes ?? []).flatMap(({ sink, route, drift }) =>
      drift === null ? [] : [{ sink, route, since: drift.since }],
    ),
    index: `${view.epoch}.${view.generation()}`,
    validUntil: view.validUntil(),
    lastTickAt,
    silentSince: more.silentMs > more.silentMsMax ? lastTickAt : null,
    version: more.version,
  };
}

function providersOf(known: KnownWithUsers, ledger: Ledger | null): BoardProvider[] {
  const targets = known.settings.targets.map(({ target }) => boardTarget(target, known));
  return [...Map.groupBy(targets, ({ target }) => target.provider)].map(([id, group]) => ({
    id,
    targets: group,
    funds: fundsOf(id, group, known),
    spentUsd: ledger && (ledger.spentUsd[id] ?? 0),
    budgetUsd: known.settings.limits[id]?.budgetUsd ?? null,
  }));
}

function limitOf({ id }: Target, { view, settings }: Known): BoardTarget['limit'] {
  const perDayMax = view.checks().get(id)?.limits?.perDayMax ?? null;
  const planned = settings.targets.find(({ target }) => target.id === id)?.canariesPerDay ?? 0;
  return perDayMax !== null && planned > perDayMax ? { perDayMax, planned: Math.round(planned) } : null;
}

function fundsOf(id: string, group: readonly BoardTarget[], known: Known): BoardProvider['funds'] {
  const funds = known.view.funds().get(id);
  return funds === undefined ? null : { ...funds, isLow: group.some(({ belief }) => belief.low !== null) };
}

/** The states in which somebody asks why. */
const DOUBTED: ReadonlySet<ShownState> = new Set(['suspect', 'degraded', 'down', 'recovering']);

export function boardTarget(target: Target, known: KnownWithUsers): BoardTarget {
  const belief = stateOf(target.id, known);
  const state = shownState(belief);
  const runs = known.runs.get(target.id) ?? [];
  const weights = known.settings.routes.flatMap((route) => {
    const member = membersOf(route, known).find((member) => member.target === target.id);
    if (!member) return [];
    const isDryRun = route.mode === 'dry_run';
    return [{ route: route.id, weight: member.weight, base: member.baseWeight, isDryRun }];
  });
  return {
    target,
    belief,
    state,
    since: shownSince(belief),
    reason: shownReason(belief).text,
    why: DOUBTED.has(state) ? whyNow(target, known) : null,
    notice: belief.notice,
    weights,
    runs: runs.slice(0, BARS_MAX),
    frame: runs.find((run) => run.hasFrame) ?? null,
    flights: known.view
      .flights()
      .filter((flight) => flight.target === target.id)
      .toSorted((a, b) => a.startedAt - b.startedAt),
    limit: limitOf(target, known),
    unpaidSince: known.view.unpaid().get(target.id) ?? null,
    users: known.users.get(target.id) ?? null,
  };
}

const TROUBLE: Partial<Record<ShownState, string>> = {
  down: 'is down',
  degraded: 'is degraded',
  blind: 'cannot be seen',
  recovering: 'is recovering',
};
/** The worst first. */
const ORDER: readonly ShownState[] = ['down', 'degraded', 'blind', 'recovering'];

/**
 * The one sentence that somebody woken at night reads first. A suspicion is not yet trouble, and what was retired is
 * nobody's alarm any more.
 */
export function headline(providers: readonly BoardProvider[], now: Instant): Headline {
  const living = providers.filter(({ targets }) => targets.some(({ state }) => state !== 'retired'));
  const troubled = ORDER.flatMap((state) =>
    living.flatMap((provider) =>
      provider.targets
        .filter((target) => target.state === state)
        .map((target) => ({
          ...target,
          name: provider.targets.length === 1 ? provider.id : target.target.id,
        })),
    ),
  );
  const isUnknown = (provider: BoardProvider) => provider.targets.every(({ state }) => state === 'unknown');
  const fine = living.filter(
    (provider) => !isUnknown(provider) && provider.targets.every(({ state }) => TROUBLE[state] === undefined),
  ).length;
  const unseen = living.filter(isUnknown).length;
  const bad = troubled.filter(({ state }) => state === 'down' || state === 'degraded').length;
  return {
    tone: bad > 0 ? 'bad' : troubled.length > 0 || unseen > 0 || living.length === 0 ? 'watch' : 'good',
    text: sentence({ living: living.length, fine, unseen, troubled: troubled.map(named(now)) }),
    short: shortOf(troubled.map(({ state }) => state)),
  };
}

function sentence(is: { living: number; fine: number; unseen: number; troubled: string[] }): string {
  if (is.living === 0) return 'Nothing is under watch.';
  if (is.unseen === is.living) return 'No canary has come back yet.';
  const all = is.living === 1 ? 'The provider is fine' : `All ${is.living} providers are fine`;
  const some =
    is.fine === 0 && is.living > 1 ? 'No provider is fine' : `${is.fine} of ${is.living} providers fine`;
  const parts = [is.fine === is.living ? all : some, ...is.troubled.slice(0, NAMED_MAX)];
  if (is.troubled.length > NAMED_MAX) parts.push(`and ${is.troubled.length - NAMED_MAX} more are not well`);
  if (is.unseen > 0) parts.push(`${is.unseen} not seen yet`);
  return `${parts[0]}${parts.length > 1 ? `; ${parts.slice(1).join(', ')}` : ''}.`;
}

function named(now: Instant) {
  return (target: BoardTarget & { name: string }) =>
    `${target.name} ${TROUBLE[target.state] ?? target.state} since ${clockTime(target.since, now).replace(' UTC', '')}`;
}

function shortOf(states: readonly ShownState[]): string {
  const worst = states[0];
  if (worst === undefined) return '';
  const count = states.filter((state) => state === worst).length;
  return `${worst === 'down' ? '✕' : '▲'} ${count} ${worst}`;
}

/** Where a run stands in the address bar's terms; used as anchor and as key. */
export function anchor(id: RunId): string {
  return id.replaceAll(/[^A-Za-z0-9]+/g, '-');
}

/** The present beliefs in memory, always as last committed: what the loops decide on and the web layer shows. */

import type { Instant } from '../core/base.ts';
import { invariant } from '../core/base.ts';
import { freshState } from '../core/fresh.ts';
import { NO_HANDS } from '../core/hands.ts';
import type { Hands } from '../core/hands.ts';
import type { Funds, RunId, TargetId, TargetState } from '../core/model.ts';
import type { RoutePlan } from '../core/route.ts';
import { isSamePlan, shownState } from '../core/weights.ts';
import type { Settings } from '../ports/settings.ts';
import type { Board as Saved } from '../ports/store.ts';
import type { ClockJump, Flight, LastCheck, View } from '../ports/view.ts';
import type { ClockWatch, TimeMark } from './clock-watch.ts';

export interface Board extends View {
  state: (target: TargetId) => TargetState;
  plan: (route: string) => RoutePlan | null;
  /** Takes over what was just committed. */
  apply: (committed: { state: TargetState; plans: readonly RoutePlan[]; generation: number }) => void;
  /** Reads everything anew after another writer was faster. */
  reset: (saved: Saved) => void;
  /** What people have said, as last read; some of it may have ended. */
  hands: () => Hands;
  heard: (hands: Hands) => void;
  /** A sign of life; none while something waits for the store, because then beliefs stand still. */
  ticked: (at: Instant) => void;
  stalled: (isWaiting: boolean) => void;
  /** A free check ended. */
  checked: (target: TargetId, check: LastCheck) => void;
  /** What a free check said of the account at a provider. */
  counted: (provider: string, funds: Funds) => void;
  /** A due canary was refused for lack of money. */
  refused: (target: TargetId, at: Instant) => void;
  took: (flight: Flight) => void;
  moved: (runId: RunId, phase: Flight['phase']) => void;
  landed: (runId: RunId) => void;
}

export function createBoard(saved: Saved, settings: Settings, now: Instant, clockWatch: ClockWatch): Board {
  const beliefs = createBeliefs(saved, settings, now);
  const funds = new Map<string, Funds>();
  const checks = new Map<TargetId, LastCheck>();
  let lastTickAt = now;
  let tickedMs = clockWatch.monotonicMs();
  let waiting = 0;
  let lastJump: ClockJump | null = null;
  clockWatch.onJump((jump) => {
    lastJump = jump;
  });

  return {
    startedAt: now,
    epoch: saved.epoch,
    ...beliefs,
    validUntil: () => lastTickAt + settings.planValidMs,
    lastTickAt: () => lastTickAt,
    silentMs: () => clockWatch.monotonicMs() - tickedMs,
    ...createTower(clockWatch),
    lastJump: () => lastJump,
    ...createEar(),
    checks: () => checks,
    checked: (target, check) => checks.set(target, check),
    funds: () => funds,
    counted: (provider, left) => funds.set(provider, left),
    state: (target) => {
      const state = beliefs.states().get(target);
      invariant(state !== undefined, `no state for ${target}`);
      return state;
    },
    plan: (route) => beliefs.plans().get(route) ?? null,
    ticked: (at) => {
      if (waiting > 0) return;
      lastTickAt = at;
      tickedMs = clockWatch.monotonicMs();
    },
    stalled: (isWaiting) => {
      waiting += isWaiting ? 1 : -1;
      clockWatch.stalled(isWaiting);
    },
  };
}

type Beliefs = Pick<
  Board,
  'generation' | 'states' | 'plans' | 'apply' | 'reset' | 'onChange' | 'told' | 'onTold'
>;

function createBeliefs(saved: Saved, settings: Settings, now: Instant): Beliefs {
  const states = new Map<TargetId, TargetState>();
  const plans = new Map<string, RoutePlan>();
  const changeListeners = new Set<(changed: readonly TargetId[]) => void>();
  const toldListeners = new Set<() => void>();
  let generation = 0;
  let told = 0;

  const isNewState = (state: TargetState) => toldOf(states.get(state.id)) !== toldOf(state);
  const isNewPlan = (plan: RoutePlan) => {
    const old = plans.get(plan.route);
    return old === undefined || !isSamePlan(old, plan);
  };
  const take = (newStates: readonly TargetState[], newPlans: readonly RoutePlan[], to: number) => {
    const isNews = newStates.some(isNewState) || newPlans.some(isNewPlan);
    for (const state of newStates) states.set(state.id, state);
    for (const plan of newPlans) plans.set(plan.route, plan);
    if (to === generation) return;
    generation = to;
    if (isNews) told = to;
    const changed = changedBy(newStates, newPlans);
    for (const listener of changeListeners) listener(changed);
    if (isNews) for (const listener of toldListeners) listener();
  };
  const reset = (from: Saved) => {
    for (const route of plans.keys())
      if (from.plans.every((plan) => plan.route !== route)) plans.delete(route);
    const known = new Map(from.states.map((state) => [state.id, state]));
    take(
      settings.targets.map(({ target }) => known.get(target.id) ?? freshState(target.id, now)),
      from.plans.filter((plan) => settings.routes.some((route) => route.id === plan.route)),
      from.generation,
    );
  };
  reset(saved);
  return {
    generation: () => generation,
    states: () => states,
    plans: () => plans,
    apply: (committed) => take([committed.state], committed.plans, committed.generation),
    reset,
    onChange: (listener) => listenIn(changeListeners, listener),
    told: () => told,
    onTold: (listener) => listenIn(toldListeners, listener),
  };
}

function listenIn<L>(among: Set<L>, listener: L): () => void {
  among.add(listener);
  return () => among.delete(listener);
}

function changedBy(states: readonly TargetState[], plans: readonly RoutePlan[]): TargetId[] {
  const returning = plans.flatMap(({ members }) => members.filter(({ ramp }) => ramp !== null));
  return [...new Set([...states.map(({ id }) => id), ...returning.map(({ target }) => target)])];
}

/** What a router acts on in a target beside its weight; figures and texts it reads when it likes. */
function toldOf(state: TargetState | undefined): string | null {
  if (state === undefined) return null;
  const { notice } = state;
  return JSON.stringify([shownState(state), notice && [notice.effectiveAt, notice.replacement]]);
}

/** What people have said. */
function createEar(): Pick<Board, 'hands' | 'heard'> {
  let hands = NO_HANDS;
  return {
    hands: () => hands,
    heard: (said) => {
      hands = said;
    },
  };
}

/** The runs in the air, and those that cannot take off for lack of money. */
function createTower(
  clockWatch: ClockWatch,
): Pick<Board, 'flights' | 'unpaid' | 'refused' | 'took' | 'moved' | 'landed'> {
  const flights = new Map<RunId, { flight: Flight; mark: TimeMark }>();
  const unpaid = new Map<TargetId, Instant>();
  return {
    flights: () =>
      [...flights.values()].map(({ flight, mark }) => {
        const { lostMs } = clockWatch.since(mark);
        return { ...flight, lostMs: lostMs + (flight.lostMs ?? 0) };
      }),
    unpaid: () => unpaid,
    refused: (target, at) => {
      if (!unpaid.has(target)) unpaid.set(target, at);
    },
    took: (flight) => {
      flights.set(flight.runId, { flight, mark: clockWatch.mark() });
      unpaid.delete(flight.target);
    },
    moved: (runId, phase) => {
      const known = flights.get(runId);
      if (known !== undefined) flights.set(runId, { ...known, flight: { ...known.flight, phase } });
    },
    landed: (runId) => flights.delete(runId),
  };
}

/** The present beliefs in memory, always as last committed: what the loops decide on and the web layer shows. */

import type { Instant } from '../core/base.ts';
import { invariant } from '../core/base.ts';
import { freshState } from '../core/fresh.ts';
import type { Funds, RunId, TargetId, TargetState } from '../core/model.ts';
import type { RoutePlan } from '../core/route.ts';
import type { Settings } from '../ports/settings.ts';
import type { Board as Saved } from '../ports/store.ts';
import type { Flight, LastCheck, View } from '../ports/view.ts';

export interface Board extends View {
  state: (target: TargetId) => TargetState;
  plan: (route: string) => RoutePlan | null;
  /** Takes over what was just committed. */
  apply: (committed: { state: TargetState; plans: readonly RoutePlan[]; generation: number }) => void;
  /** Reads everything anew after another writer was faster. */
  reset: (saved: Saved) => void;
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

export function createBoard(saved: Saved, settings: Settings, now: Instant): Board {
  const states = new Map<TargetId, TargetState>();
  const plans = new Map<string, RoutePlan>();
  const listeners = new Set<() => void>();
  const funds = new Map<string, Funds>();
  const checks = new Map<TargetId, LastCheck>();
  let generation = 0;
  let lastTickAt = now;
  let waiting = 0;

  const reset = (from: Saved) => {
    const known = new Map(from.states.map((state) => [state.id, state]));
    for (const { target } of settings.targets)
      states.set(target.id, known.get(target.id) ?? freshState(target.id, now));
    for (const plan of from.plans)
      if (settings.routes.some((route) => route.id === plan.route)) plans.set(plan.route, plan);
    generation = from.generation;
  };
  reset(saved);

  return {
    startedAt: now,
    epoch: saved.epoch,
    generation: () => generation,
    states: () => states,
    plans: () => plans,
    validUntil: () => lastTickAt + settings.planValidMs,
    lastTickAt: () => lastTickAt,
    ...createTower(),
    checks: () => checks,
    checked: (target, check) => checks.set(target, check),
    funds: () => funds,
    counted: (provider, left) => funds.set(provider, left),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    state: (target) => {
      const state = states.get(target);
      invariant(state !== undefined, `no state for ${target}`);
      return state;
    },
    plan: (route) => plans.get(route) ?? null,
    apply: (committed) => {
      states.set(committed.state.id, committed.state);
      for (const plan of committed.plans) plans.set(plan.route, plan);
      if (committed.generation === generation) return;
      generation = committed.generation;
      for (const listener of listeners) listener();
    },
    reset,
    ticked: (at) => {
      if (waiting === 0) lastTickAt = at;
    },
    stalled: (isWaiting) => {
      waiting += isWaiting ? 1 : -1;
    },
  };
}

/** The runs in the air, and those that cannot take off for lack of money. */
function createTower(): Pick<Board, 'flights' | 'unpaid' | 'refused' | 'took' | 'moved' | 'landed'> {
  const flights = new Map<RunId, Flight>();
  const unpaid = new Map<TargetId, Instant>();
  return {
    flights: () => [...flights.values()],
    unpaid: () => unpaid,
    refused: (target, at) => {
      if (!unpaid.has(target)) unpaid.set(target, at);
    },
    took: (flight) => {
      flights.set(flight.runId, flight);
      unpaid.delete(flight.target);
    },
    moved: (runId, phase) => {
      const flight = flights.get(runId);
      if (flight !== undefined) flights.set(runId, { ...flight, phase });
    },
    landed: (runId) => flights.delete(runId),
  };
}

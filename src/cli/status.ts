/** `reelwatch status`: every target's state and weight, from the store or from a running daemon. */

import { policyOf } from '../config/policy.ts';
import type { Instant } from '../core/base.ts';
import type { ShownState } from '../core/model.ts';
import type { Pin, RoutePlan } from '../core/route.ts';
import { shownReason, shownSince, shownState } from '../core/weights.ts';
import { systemClock } from '../system/clock.ts';
import { statusDocument } from '../web/schema.ts';
import type { StatusDocument } from '../web/schema.ts';
import { configuredForReading } from './configured.ts';
import { openConfigured } from './database.ts';
import { doubtOf, isDoubtedState, percent } from './doubt.ts';
import { EXIT } from './exit.ts';
import { remoteOf } from './remote.ts';
import type { ReadOptions } from './remote.ts';
import { span, table } from './table.ts';

const REASON_CHARS_MAX = 90;

export interface StatusOptions extends ReadOptions {
  /** Ends with `EXIT.fail` while a target is down. */
  exitCode?: true;
}

interface Row {
  target: string;
  state: ShownState;
  since: Instant;
  doubt: string;
  weights: string[];
  last: { verdict: string; at: Instant } | null;
  reason: string;
}

/** Prints a table, or what was read as JSON. */
export async function status(options: StatusOptions): Promise<void> {
  const { rows, json } = await (options.url === undefined ? fromStore(options.config) : fromDaemon(options));
  process.stdout.write(`${options.json ? JSON.stringify(json, null, 2) : textOf(rows)}\n`);
  if (options.exitCode && rows.some(({ state }) => state === 'down')) process.exitCode = EXIT.fail;
}

function textOf(rows: readonly Row[]): string {
  if (rows.length === 0) return 'Nothing has been seen yet.';
  const now = systemClock.now();
  const head = ['target', 'state', 'for', 'P(fault)', 'weight', 'last canary', 'reason'];
  return table(
    head,
    rows.map(({ target, state, since, doubt, weights, last, reason }) => [
      target,
      state,
      span(now - since),
      doubt,
      weights.join(', ') || '-',
      last === null ? '-' : `${last.verdict}, ${span(now - last.at)} ago`,
      reason.length > REASON_CHARS_MAX ? `${reason.slice(0, REASON_CHARS_MAX - 1)}…` : reason,
    ]),
  );
}

async function fromStore(file: string): Promise<{ rows: Row[]; json: unknown }> {
  const { options, targets } = configuredForReading(file);
  const store = await openConfigured({ options }, { isReadOnly: true });
  const board = await store.peek();
  const open = await store.openRuns();
  await store.close();
  const now = systemClock.now();
  const { detection } = policyOf(options);
  // A target that was taken out of the configuration stays in the store.
  const states = targets.flatMap(({ id }) => board.states.find((state) => state.id === id) ?? []);
  const rows = states.map((state): Row => {
    const { lastRun } = state;
    return {
      target: state.id,
      state: shownState(state),
      since: shownSince(state),
      doubt: doubtOf(state, open, now, detection),
      weights: board.plans.flatMap((plan) => weightsOf(plan, state.id)),
      last: lastRun && { verdict: lastRun.verdict, at: lastRun.at },
      reason: shownReason(state).text,
    };
  });
  return { rows, json: board };
}

function weightsOf(plan: RoutePlan, target: string): string[] {
  return plan.members
    .filter((member) => member.target === target)
    .map(({ weight, pin }) => weightText(plan.route, weight, plan, pin));
}

async function fromDaemon(options: StatusOptions): Promise<{ rows: Row[]; json: StatusDocument }> {
  const json = await remoteOf(options, 'read').call('GET', '/v1/status', null, statusDocument);
  const rows = json.targets.map((target): Row => {
    const { state, fault } = target;
    return {
      target: target.id,
      state,
      since: Date.parse(target.since),
      doubt: fault !== null && isDoubtedState(state) ? percent(fault) : '-',
      weights: json.routes.flatMap((route) =>
        route.targets
          .filter(({ id }) => id === target.id)
          .map(({ weight, pin }) => weightText(route.id, weight, route, pin)),
      ),
      last: target.last_run && {
        verdict: target.last_run.verdict,
        at: Date.parse(target.last_run.at),
      },
      reason: target.reason.text,
    };
  });
  return { rows, json };
}

/** A weight, and whatever keeps routers from it or it from following health. */
function weightText(
  route: string,
  weight: number,
  { mode, frozen }: Pick<RoutePlan, 'mode'> & { frozen: { by: string } | null },
  pin: Pick<Pin, 'author'> | null,
): string {
  const notes = [
    ...(mode === 'dry_run' ? ['dry run'] : []),
    ...(pin === null ? (frozen === null ? [] : [`frozen by ${frozen.by}`]) : [`pinned by ${pin.author}`]),
  ];
  return `${weight} % of ${route}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

/** `reelwatch status`: the daemon's beliefs, read from its store beside it. */

import type { Instant } from '../core/base.ts';
import type { TargetState } from '../core/model.ts';
import type { Pin, RoutePlan } from '../core/route.ts';
import { shownReason, shownSince, shownState } from '../core/weights.ts';
import { systemClock } from '../system/clock.ts';
import { policyOf } from '../config/policy.ts';
import { configured } from './configured.ts';
import { openConfigured } from './database.ts';
import { doubtOf } from './doubt.ts';
import { span, table } from './table.ts';

const REASON_CHARS_MAX = 90;

export async function status(file: string, asJson: boolean): Promise<void> {
  const { config } = configured(file);
  const store = await openConfigured(config, { isReadOnly: true });
  const board = await store.peek();
  const open = await store.openRuns();
  await store.close();
  if (asJson) {
    process.stdout.write(`${JSON.stringify(board, null, 2)}\n`);
    return;
  }
  const weightOf = (target: string) =>
    board.plans
      .flatMap((plan) =>
        plan.members
          .filter((member) => member.target === target)
          .map(({ weight, pin }) => `${weight} % of ${plan.route}${noteOf(plan, pin)}`),
      )
      .join(', ');
  const now = systemClock.now();
  const { detection } = policyOf(config.options);
  const rows = board.states.map((state) =>
    row(state, { weight: weightOf(state.id), doubt: doubtOf(state, open, now, detection), now }),
  );
  const shown =
    rows.length === 0
      ? 'Nothing has been seen yet.'
      : table(['target', 'state', 'for', 'P(fault)', 'weight', 'last canary', 'reason'], rows);
  process.stdout.write(`${shown}\n`);
}

/** What people, or the policy, have said above the rules. */
function noteOf({ frozen }: RoutePlan, pin: Pin | null): string {
  if (pin !== null) return ` (pinned by ${pin.author})`;
  return frozen === null ? '' : ` (frozen by ${frozen.by})`;
}

function row(
  state: TargetState,
  { weight, doubt, now }: { weight: string; doubt: string; now: Instant },
): string[] {
  const { text } = shownReason(state);
  const last = state.lastRun;
  return [
    state.id,
    shownState(state),
    span(now - shownSince(state)),
    doubt,
    weight || '-',
    last === null ? '-' : `${last.verdict}, ${span(now - last.at)} ago`,
    text.length > REASON_CHARS_MAX ? `${text.slice(0, REASON_CHARS_MAX - 1)}…` : text,
  ];
}

/** `reelwatch status`: the daemon's beliefs, read from its store beside it. */

import type { Instant } from '../core/base.ts';
import type { TargetState } from '../core/model.ts';
import { shownReason, shownSince, shownState } from '../core/weights.ts';
import { systemClock } from '../system/clock.ts';
import { configured } from './configured.ts';
import { openConfigured } from './database.ts';
import { table } from './table.ts';

const REASON_CHARS_MAX = 60;

export async function status(file: string, asJson: boolean): Promise<void> {
  const { config } = configured(file);
  const store = await openConfigured(config, { isReadOnly: true });
  const board = await store.peek();
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
          .map(({ weight }) => `${weight} % of ${plan.route}`),
      )
      .join(', ');
  const now = systemClock.now();
  const rows = board.states.map((state) => row(state, weightOf(state.id), now));
  const shown =
    rows.length === 0
      ? 'Nothing has been seen yet.'
      : table(['target', 'state', 'for', 'weight', 'last canary', 'reason'], rows);
  process.stdout.write(`${shown}\n`);
}

function row(state: TargetState, weight: string, now: Instant): string[] {
  const { text } = shownReason(state);
  const last = state.lastRun;
  return [
    state.id,
    shownState(state),
    span(now - shownSince(state)),
    weight || '-',
    last === null ? '-' : `${last.verdict}, ${span(now - last.at)} ago`,
    text.length > REASON_CHARS_MAX ? `${text.slice(0, REASON_CHARS_MAX - 1)}…` : text,
  ];
}

/** `45 s`, `12 min`, `3 h`, `59 days`: one unit is enough beside a name. */
function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

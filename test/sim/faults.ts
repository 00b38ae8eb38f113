/** What goes wrong in the world, and when. Faults are spans of time; which calls they strike is drawn from a seed. */

import type { Instant } from '../../src/core/base.ts';

export const FAULT_KINDS = [
  'down', // answers 5xx to everything
  'refused', // no connection
  'hang', // connected, but never an answer
  'garbled', // 2xx with nonsense
  'partial', // a share of the orders fails
  'job_fails', // accepts, and fails later
  'stuck', // accepts, and never finishes
  'slow',
  'bad_video',
  'asset_down', // the finished video cannot be had
  'auth',
  'no_credit',
  'moderated',
  'rate_limited',
  'poll_limited',
  'lost_answer', // accepts the order, and the answer gets lost
  'check_down', // only the free check fails
  'deaf', // of receivers: nobody answers
  'gone', // of channels: the webhook is not known
  'limited', // of channels: too many messages
  'meddled', // of routers: somebody else writes weights
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Everything that passes our own line: providers, control addresses, receivers. */
export const OUR_NETWORK = 'our network';

export interface Fault {
  /** A provider, a channel, a sink, or our own network. */
  who: string;
  kind: FaultKind;
  /** The share of calls or jobs that it strikes. */
  p: number;
  /** For `slow`. */
  factor: number;
  fromAt: Instant;
  untilAt: Instant;
}

export interface Faults {
  add: (fault: Pick<Fault, 'who' | 'kind' | 'fromAt' | 'untilAt'> & Partial<Fault>) => void;
  /** The fault of this kind that holds now. */
  find: (who: string, kind: FaultKind) => Fault | undefined;
  /** Everything that was ever added. */
  all: () => readonly Fault[];
}

export function createFaults(now: () => Instant): Faults {
  const all: Fault[] = [];
  const byWho = new Map<string, { upcoming: Fault[]; active: Fault[] }>();
  return {
    add: (given) => {
      const fault: Fault = { p: 1, factor: 6, ...given };
      all.push(fault);
      const known = byWho.get(fault.who) ?? { upcoming: [], active: [] };
      known.upcoming.push(fault);
      known.upcoming.sort((a, b) => a.fromAt - b.fromAt);
      byWho.set(fault.who, known);
    },
    find: (who, kind) => {
      const known = byWho.get(who);
      if (known === undefined) return undefined;
      const at = now();
      while (known.upcoming[0] !== undefined && known.upcoming[0].fromAt <= at)
        known.active.push(known.upcoming.shift() as Fault);
      if (known.active.some(({ untilAt }) => untilAt <= at))
        known.active = known.active.filter(({ untilAt }) => untilAt > at);
      return known.active.find((fault) => fault.kind === kind);
    },
    all: () => all,
  };
}

/** What must be told, and what surrounds it when it is. */

import type { Instant } from './base.ts';
import type {
  Cause,
  Funds,
  Health,
  Incident,
  Notice,
  ShownState,
  Target,
  TargetId,
  TargetState,
} from './model.ts';

/** What must be told. Each carries all that a message needs, because it is rendered later, maybe after a restart. */
export type Effect = TargetEffect | RouteEffect | DaemonEffect;

export type TargetEffect =
  | {
      type: 'incident.opened';
      at: Instant;
      target: TargetId;
      incident: Incident;
      health: 'degraded' | 'down';
    }
  | { type: 'incident.changed'; at: Instant; target: TargetId; incident: Incident; from: Health; to: Health }
  | {
      type: 'incident.closed';
      at: Instant;
      target: TargetId;
      incident: Incident;
      durationMs: number;
      to: Health;
    }
  | { type: 'blind.began'; at: Instant; target: TargetId; cause: Cause; text: string }
  | { type: 'blind.ended'; at: Instant; target: TargetId; cause: Cause; durationMs: number }
  | { type: 'notice.announced'; at: Instant; target: TargetId; notice: Notice }
  | { type: 'notice.moved'; at: Instant; target: TargetId; notice: Notice; from: Instant | null }
  | { type: 'target.retired'; at: Instant; target: TargetId; notice: Notice | null; text: string }
  /** About the account at the target's provider. */
  | { type: 'funds.low'; at: Instant; target: TargetId; funds: Funds }
  | { type: 'funds.restored'; at: Instant; target: TargetId; funds: Funds; durationMs: number };

export type RouteEffect =
  /** Weights are held, or somebody else holds them from now on. */
  | {
      type: 'route.frozen';
      at: Instant;
      route: string;
      mode: Mode;
      since: Instant;
      why: string;
      /** `policy` where no person said so, `file` where the freeze file did. */
      by: string;
      /** When it ends by itself, at the latest; null where only a person ends it. */
      endsAt: Instant | null;
      /** How a person ends it: by thawing this route, or all of them, or by removing the freeze file. */
      liftedBy: 'thaw' | 'thaw_all' | 'file';
      held: HeldWeight[];
      /** The providers that are out, the first that went first. */
      out: { provider: string; since: Instant }[];
    }
  | {
      type: 'route.thawed';
      at: Instant;
      route: string;
      mode: Mode;
      since: Instant;
      durationMs: number;
      /** Who had frozen it. */
      by: string;
      ended: 'time' | 'returned' | 'person';
    }
  /** A router holds something else than what it had applied: the beginning of a time in which it does. */
  | { type: 'router.drifted'; at: Instant; route: string; sink: string; generation: number; what: string[] }
  /** It has held what it applied for a while. */
  | {
      type: 'router.settled';
      at: Instant;
      route: string;
      sink: string;
      since: Instant;
      durationMs: number;
      /** How often it was found to differ. */
      times: number;
    };

/** About what all targets have in common. */
export type DaemonEffect =
  /** Nothing can be watched, and nobody is blamed. `text` is what the first call that reached nobody came to. */
  | { type: 'network.lost'; at: Instant; text: string }
  | { type: 'network.restored'; at: Instant; durationMs: number }
  /** A budget pays for less than one look an hour at `waiting`. `provider` is null for that of all together. */
  | {
      type: 'budget.low';
      at: Instant;
      provider: string | null;
      budgetUsd: number;
      waiting: TargetId;
      returnsAt: Instant;
    }
  | { type: 'budget.restored'; at: Instant; provider: string | null; budgetUsd: number; durationMs: number };

type Mode = 'dry_run' | 'enforce';

/** A target's weight while nothing moves. */
export interface HeldWeight {
  target: TargetId;
  weight: number;
  state: ShownState;
}

export const DAEMON_EFFECT_TYPES = [
  'network.lost',
  'network.restored',
  'budget.low',
  'budget.restored',
] as const satisfies readonly DaemonEffect['type'][];

export const EFFECT_TYPES = [
  'incident.opened',
  'incident.changed',
  'incident.closed',
  'blind.began',
  'blind.ended',
  'notice.announced',
  'notice.moved',
  'target.retired',
  'funds.low',
  'funds.restored',
  'route.frozen',
  'route.thawed',
  'router.drifted',
  'router.settled',
  ...DAEMON_EFFECT_TYPES,
] as const satisfies readonly Effect['type'][];

/** How one target's weight in one route moved, for messages. */
export interface WeightMove {
  route: string;
  target: TargetId;
  from: number;
  to: number;
  /** In a dry run routers are not moved, and a message must not say that they were. Absent: `enforce`. */
  mode?: Mode;
}

/** Whether others have the same trouble: the "them or us" line of a message. */
export interface PeerView {
  fine: number;
  troubled: TargetId[];
  blind: number;
}

/** An effect with what surrounded it when it was decided: what a channel is given to tell. */
export type Story = TargetStory | RouteStory | DaemonStory;

export interface TargetStory {
  effect: TargetEffect;
  target: Target;
  moves: WeightMove[];
  peers: PeerView;
  links: Links;
}

export interface RouteStory {
  effect: RouteEffect;
  moves: WeightMove[];
  links: Links;
}

export interface DaemonStory {
  effect: DaemonEffect;
  /** None: what concerns all targets moves no weight. */
  moves: WeightMove[];
  links: Links;
}

export interface Links {
  page: string;
  run: string | null;
  /** The run's picture; whoever shows it must be able to reach the daemon. */
  frame: string | null;
  dashboard: string | null;
  runbook: string | null;
}

/** One step of the machine: the next state, and what must be told of it. */
export interface Step {
  state: TargetState;
  effects: TargetEffect[];
  /** False when the event taught nothing, and nothing needs to be written. */
  changed: boolean;
}

/** Stories of one subject are told in order: a target's id, `route:` and the route's, or `daemon:` and the matter. */
export function subjectOf(effect: Effect): string {
  if ('route' in effect) return `route:${effect.route}`;
  if ('target' in effect) return effect.target;
  if (!('provider' in effect)) return 'daemon:network';
  return effect.provider === null ? 'daemon:budget' : `daemon:budget:${effect.provider}`;
}

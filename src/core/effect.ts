/** What must be told, and what surrounds it when it is. */

import type { Instant } from './base.ts';
import type { Cause, Funds, Health, Incident, Notice, Target, TargetId, TargetState } from './model.ts';

/** What must be told. Each carries all that a message needs, because it is rendered later, maybe after a restart. */
export type Effect =
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
] as const satisfies readonly Effect['type'][];

/** How one target's weight in one route moved, for messages. */
export interface WeightMove {
  route: string;
  target: TargetId;
  from: number;
  to: number;
  /** In a dry run routers are not moved, and a message must not say that they were. Absent: `enforce`. */
  mode?: 'dry_run' | 'enforce';
}

/** Whether others have the same trouble: the "them or us" line of a message. */
export interface PeerView {
  fine: number;
  troubled: TargetId[];
  blind: number;
}

/** An effect with what surrounded it when it was decided: what a channel is given to tell. */
export interface Story {
  effect: Effect;
  target: Target;
  moves: WeightMove[];
  peers: PeerView;
  links: {
    page: string;
    run: string | null;
    /** The run's picture; whoever shows it must be able to reach the daemon. */
    frame: string | null;
    dashboard: string | null;
    runbook: string | null;
  };
}

/** One step of the machine: the next state, and what must be told of it. */
export interface Step {
  state: TargetState;
  effects: Effect[];
  /** False when the event taught nothing, and nothing needs to be written. */
  changed: boolean;
}

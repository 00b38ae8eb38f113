/** The numbers that decisions rest on, all configurable. */

import type { DetectionPolicy } from './detection.ts';
import { DEFAULT_DETECTION } from './detection.ts';
import { HOUR, MINUTE, SECOND } from './base.ts';

export interface HealthPolicy {
  /** Runs in a row that say nothing, for whatever reason, after which we admit that we cannot see. */
  unsureToBlind: number;
  /** Provider failures in a row that mean down; the one before it means suspect. */
  failuresToDown: number;
  /** Slow passes in a row that mean degraded. */
  slowsToDegraded: number;
  /** Passes in a row that end an outage; doubled for each other outage within `repeatWindowMs`, to `passesMax`. */
  passesToHealthy: number;
  passesMax: number;
  repeatWindowMs: number;
  /** A pass this many times slower than the target's own baseline is slow. */
  slowFactor: number;
  /** Passes that must be known before slowness is judged. */
  baselineMin: number;
  /** How soon a suspicion is checked by another canary. */
  confirmAfterMs: number;
  /** How often an outage is looked at: this at first, then a share of its length, to a maximum. */
  recoverEveryMs: number;
  recoverShare: number;
  recoverEveryMsMax: number;
  /** A balance that lasts for fewer days of canaries is low. */
  fundsDaysMin: number;
  /** What belief rests on. */
  detection: DetectionPolicy;
}

export const DEFAULT_POLICY: HealthPolicy = {
  unsureToBlind: 3,
  failuresToDown: 2,
  slowsToDegraded: 2,
  passesToHealthy: 2,
  passesMax: 6,
  repeatWindowMs: HOUR,
  slowFactor: 2.5,
  baselineMin: 5,
  confirmAfterMs: 5 * SECOND,
  recoverEveryMs: MINUTE,
  recoverShare: 0.06,
  recoverEveryMsMax: 10 * MINUTE,
  fundsDaysMin: 3,
  detection: DEFAULT_DETECTION,
};

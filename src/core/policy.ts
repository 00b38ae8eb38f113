/** The numbers that decisions rest on, all configurable. */

import { MINUTE } from './base.ts';
import type { DetectionPolicy } from './detection.ts';
import { DEFAULT_DETECTION } from './detection.ts';
import type { MeasurePolicy } from './measures.ts';
import { DEFAULT_MEASURES } from './measures.ts';

export interface HealthPolicy {
  /** Runs in a row that say nothing, for whatever reason, after which we admit that we cannot see. */
  unsureToBlind: number;
  /** Runs in a row that say that the model is gone for good, before it is taken to be retired. */
  goneToRetired: number;
  /** An outage is told to be over once it has been quiet for so long; one that returns before is the same incident. */
  settleMs: number;
  /** A balance that lasts for fewer days of canaries is low. */
  fundsDaysMin: number;
  /** How evidence becomes belief, belief a verdict, and both the next look. */
  detection: DetectionPolicy;
  /** How canaries become what weights rest on. */
  measures: MeasurePolicy;
}

export const DEFAULT_POLICY: HealthPolicy = {
  unsureToBlind: 3,
  goneToRetired: 2,
  settleMs: 5 * MINUTE,
  fundsDaysMin: 3,
  detection: DEFAULT_DETECTION,
  measures: DEFAULT_MEASURES,
};

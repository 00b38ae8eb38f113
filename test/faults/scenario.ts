/** What a scenario is: a fault, and sentences that must stay true under it. */

import type { World, WorldOptions } from './world.ts';

export interface Scenario {
  name: string;
  /** What is done to the daemon. */
  title: string;
  world?: WorldOptions;
  /**
   * Does it, and calls `check` with each promise. Throws where it cannot be tried at all.
   * @param isLong pauses and steps as long as in the field, instead of as short as can be noticed
   */
  run: (world: World, check: Check, isLong: boolean) => Promise<void>;
}

/** @param promise what must be true; @param found what was seen instead */
export type Check = (isTrue: boolean, promise: string, found?: unknown) => void;

export interface Broken {
  promise: string;
  found: string;
}

/** All scenarios, and how one is run. */

import { idleSockets, proxiedWrite } from './scenarios/access.ts';
import { clockBack, clockForward, pause } from './scenarios/clock.ts';
import { diskFull } from './scenarios/disk.ts';
import { echoedKey, largeAnswer } from './scenarios/hostile.ts';
import { kills } from './scenarios/kills.ts';
import { allAnswer503, networkCut } from './scenarios/network.ts';
import { receiver, receiverHeals } from './scenarios/receiver.ts';
import { emptyLock, storeDeleted } from './scenarios/store.ts';
import type { Broken, Scenario } from './scenario.ts';
import { createWorld } from './world.ts';

export const SCENARIOS: readonly Scenario[] = [
  clockBack,
  clockForward,
  pause,
  kills,
  diskFull,
  storeDeleted,
  emptyLock,
  receiver,
  receiverHeals,
  echoedKey,
  largeAnswer,
  allAnswer503,
  networkCut,
  proxiedWrite,
  idleSockets,
];

export interface Outcome {
  kept: number;
  broken: Broken[];
}

/** Runs a scenario in a world of its own. Never throws: what could not be tried is a broken promise. */
export async function runScenario(scenario: Scenario, isLong: boolean): Promise<Outcome> {
  const outcome: Outcome = { kept: 0, broken: [] };
  const note = (isTrue: boolean, promise: string, found: unknown = '') => {
    if (isTrue) outcome.kept += 1;
    else outcome.broken.push({ promise, found: typeof found === 'string' ? found : JSON.stringify(found) });
  };
  const world = await createWorld(scenario.world);
  try {
    await scenario.run(world, note, isLong);
  } catch (error) {
    note(
      false,
      'the scenario runs to its end',
      error instanceof Error ? (error.stack ?? error.message) : error,
    );
  } finally {
    await world.close();
  }
  return outcome;
}

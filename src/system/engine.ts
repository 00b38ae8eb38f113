/** What V8 is asked for, so that a daemon that waits stays small. */

import { setFlagsFromString } from 'node:v8';

/**
 * Idle with 12 targets: about 118 MB with both, 127 MB with the first only, 147 MB with none (Node 26.10, 2 cores,
 * 2026-12-01; `npm run bench:footprint`). `--optimize-for-size` makes it 113 MB, but 304s then cost a quarter more.
 */
const FLAGS = [
  // The young generation stays at its first size of 1 MB; it grows to 32 MB otherwise, and an idle one never shrinks.
  '--semi-space-growth-factor=1',
  // What runs often is still compiled by TurboFan; the start is not compiled by Maglev.
  '--no-maglev',
];

/** Counts for what is loaded afterwards. */
export function saveMemory(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}

/** How much of the past the store keeps. */

export interface Retention {
  /** Closed runs, events, told and dead outbox entries older than this go. */
  ageMs: number;
  /** Of each target, at most this many closed runs stay. */
  runsPerTargetMax: number;
  /** Frames are large: only the newest of each target keep theirs. */
  framesPerTargetMax: number;
  /** Entries of the audit older than this go. */
  auditAgeMs: number;
}

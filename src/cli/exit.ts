/** How commands end: a sentence on stderr and a number that scripts can rely on. */

export const EXIT = {
  ok: 0,
  /** A canary failed. */
  fail: 1,
  /** The configuration or the command line is wrong; nothing was started. */
  usage: 2,
  /** Nothing can be said: inconclusive, or no room or money for the canary. */
  unsure: 3,
  /** Something that we need is taken or cannot be used: the port, the data directory, the store. */
  taken: 4,
  /** A fault of ours; a supervisor should start us again. */
  fault: 70,
} as const;

export function end(code: number, ...lines: string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(code);
}

/** Does what only the world outside can forbid, such as writing a file; ends the process where it does. */
export function attempt<T>(work: () => T, complaint: string): T {
  try {
    return work();
  } catch (error) {
    const isOutside = error instanceof Error && 'syscall' in error;
    if (!isOutside) throw error;
    return end(EXIT.taken, `${complaint}: ${error.message}.`);
  }
}

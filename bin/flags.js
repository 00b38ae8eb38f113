// @ts-check
/** What V8 is told, so that the program stays small. */

export const FLAGS = [
  // The young generation stays at its first size: grown to its usual 16 MB and more, it never gives anything back.
  '--semi-space-growth-factor=1',
  // Without the last of the compilers to machine code. Without any, a daemon that waits was no smaller (112 MB beside 111),
  // and answered polls half as fast (0.40 beside 0.83 of nginx; Node 26.10, 2 cores, 2026-11-22).
  '--no-opt',
];

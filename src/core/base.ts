/** The small words everything else is made of: instants, spans, hashes, and the two ways to stop on our own mistake. */

/** Milliseconds since 1970-01-01T00:00:00Z. A number, because it must live in rows, in JSON and in hashes. */
export type Instant = number;

/** Anything that survives JSON.stringify and JSON.parse unchanged. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Stops the program when something we promised ourselves is not so: a bug of ours, never an event in the world. */
export function invariant(truth: unknown, message: string): asserts truth {
  if (!truth) throw new Error(`invariant broken: ${message}`);
}

/** Ends an exhaustive switch; the compiler refuses it while a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`invariant broken: unexpected ${JSON.stringify(value)}`);
}

/**
 * A number in [0, 1) derived from a text: our jitter, so that no random number is ever drawn.
 * FNV-1a, 32 bit (http://www.isthe.com/chongo/tech/comp/fnv/), with a final mix (murmur3's) for short texts.
 */
export function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

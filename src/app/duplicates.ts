/** Jobs that were told already, in a fixed amount of memory. */

import type { Instant } from '../core/base.ts';
import { SECOND } from '../core/base.ts';

const WAYS = 4;
/** FNV-1a, 32 bit, from two starts: together 64 bits, of which the set and the mark are taken. */
const BASIS = 0x811c9dc5;
const OTHER_BASIS = 0x2f0b4c27;
const PRIME = 0x01000193;

/** Where hashing goes on: so that a common beginning is hashed once, and never joined to the text. */
export type Seed = readonly [number, number];

export interface Duplicates {
  /**
   * Whether this text is new under that seed; from now on it is not, until it expires or is pushed out by newer ones.
   * @param seed what else tells it from others, as `seedOf` makes it
   */
  isNew: (text: string, at: Instant, seed?: Seed) => boolean;
}

/**
 * Remembers as many texts as there are places, by marks of 32 bits in sets of four: two different texts are taken for
 * one about once in a thousand million. The oldest of a full set goes.
 * @param places a power of two, at least 4; 8 bytes each, taken with the first text
 */
export function createDuplicates(places: number, expiresMs: number): Duplicates {
  let marks: Uint32Array | null = null;
  let seconds: Uint32Array | null = null;
  return {
    isNew: (text, at, seed = PLAIN) => {
      marks ??= new Uint32Array(places);
      seconds ??= new Uint32Array(places);
      const [a, mark] = mixed(text, seed);
      const first = finished(a);
      const begin = (first % (places / WAYS)) * WAYS;
      // Zero stands for an empty place.
      const now = Math.max(1, Math.floor(at / SECOND));
      const freshFrom = now - expiresMs / SECOND;
      let oldest = begin;
      for (let place = begin; place < begin + WAYS; place++) {
        const since = seconds[place] ?? 0;
        if (marks[place] === mark && since >= freshFrom && since > 0) return false;
        if (since < (seconds[oldest] ?? 0)) oldest = place;
      }
      marks[oldest] = mark;
      seconds[oldest] = now;
      return true;
    },
  };
}

/** The seed for texts that begin alike. */
export function seedOf(beginning: string): Seed {
  return mixed(beginning, PLAIN);
}

const PLAIN: Seed = [BASIS, OTHER_BASIS];

function mixed(text: string, [seed, otherSeed]: Seed): [number, number] {
  let a = seed;
  let b = otherSeed;
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    a = Math.imul(a ^ code, PRIME);
    b = Math.imul(b + code, 0x85ebca6b) ^ (b >>> 13);
  }
  return [a, b >>> 0];
}

/** FNV's lower bits are good; these are taken of all of them. */
function finished(hash: number): number {
  const spread = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return (spread ^ (spread >>> 16)) >>> 0;
}

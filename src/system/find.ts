/** Finds any of many texts in one at once, at a cost that hardly grows with their number (Rabin and Karp). */

/** Chars that are hashed; a shorter needle is not looked for. */
const WINDOW = 6;
const HASH_MASK = 0x3_ff_ff;
const BASE = 31;
/** What the char that leaves the window has come to: BASE ** (WINDOW - 1). */
const LEAVING = 28_629_151;

export type Range = [from: number, to: number];

export interface Finder {
  /** Where any of the needles stands, in small or capital letters of ASCII; ranges may overlap. */
  find: (text: string) => Range[];
  add: (needles: readonly string[]) => void;
  remove: (needles: readonly string[]) => void;
}

export function createFinder(): Finder {
  // A bit that stays set after a needle has gone costs one look into the map.
  const isKnown = new Uint8Array(HASH_MASK + 1);
  const byHash = new Map<number, string[]>();
  const usable = (needles: readonly string[]) =>
    [...new Set(needles.map(folded))].filter(({ length }) => length >= WINDOW);
  const seek = (text: string, at: number, hash: number, ranges: Range[]): void => {
    for (const needle of byHash.get(hash) ?? [])
      if (standsAt(text, at, needle)) ranges.push([at, at + needle.length]);
  };
  return {
    find: (text) => {
      const ranges: Range[] = [];
      if (text.length < WINDOW) return ranges;
      let hash = hashOf(text);
      for (let at = 0; ; at++) {
        if (isKnown[hash] === 1) seek(text, at, hash, ranges);
        if (at + WINDOW >= text.length) return ranges;
        const rest = hash - Math.imul(unit(text, at), LEAVING);
        hash = (Math.imul(rest, BASE) + unit(text, at + WINDOW)) & HASH_MASK;
      }
    },
    add: (needles) => {
      for (const needle of usable(needles)) {
        const hash = hashOf(needle);
        isKnown[hash] = 1;
        byHash.set(hash, [...(byHash.get(hash) ?? []), needle]);
      }
    },
    remove: (needles) => {
      for (const needle of usable(needles)) {
        const hash = hashOf(needle);
        const rest = byHash.get(hash) ?? [];
        byHash.set(hash, rest.toSpliced(rest.indexOf(needle), 1));
      }
    },
  };
}

/** Ends at the first char that differs: a text that repeats the beginning of a long needle costs little. */
function standsAt(text: string, at: number, needle: string): boolean {
  for (let index = 0; index < needle.length; index++)
    if (unit(text, at + index) !== needle.charCodeAt(index)) return false;
  return true;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < WINDOW; at++) hash = (Math.imul(hash, BASE) + unit(text, at)) & HASH_MASK;
  return hash;
}

function unit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** In small letters, without a change of length. */
function folded(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

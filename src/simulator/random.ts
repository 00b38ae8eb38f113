/** Seeded randomness: every provider and model draws from its own stream, so that one does not disturb the other. */

export type Draw = () => number;

/** FNV-1a over UTF-16 units: 32 bits, for seeds and for the check sum in job ids. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Streams by name, each a mulberry32 generator that gives numbers in [0, 1). */
export function createStreams(seed: number): (name: string) => Draw {
  const streams = new Map<string, Draw>();
  return (name) => {
    const known = streams.get(name);
    if (known !== undefined) return known;
    const draw = mulberry32(hash32(`${seed}:${name}`));
    streams.set(name, draw);
    return draw;
  };
}

/** A log-normal number with this median; `sigma` is the spread of its logarithm. At most 2.5 sigmas out. */
export function logNormal(draw: Draw, median: number, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  const z = radius * Math.cos(2 * Math.PI * draw());
  return median * Math.exp(sigma * Math.min(2.5, Math.max(-2.5, z)));
}

function mulberry32(seed: number): Draw {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

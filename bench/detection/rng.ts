// Randomness by key: each draw is a function of who asks, when and what for, so that two policies that look at the same
// provider at the same instant see the same thing, whatever else they did (common random numbers).

/** The state of one stream of numbers. */
export interface Random {
  state: number;
}

/** MurmurHash3 (32 bit) over the parts, strings first reduced by FNV-1a. */
export function hash(...parts: readonly (string | number)[]): number {
  let h = 0x9e3779b9 | 0;
  for (const part of parts) {
    let k = Math.imul(typeof part === 'string' ? hashText(part) : foldNumber(part), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hashText(text: string): number {
  let h = 2166136261;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 16777619);
  return h | 0;
}

/** Both halves of a whole number that may need more than 32 bits. */
function foldNumber(value: number): number {
  return (value | 0) ^ (Math.floor(value / 4294967296) | 0);
}

export function seeded(...parts: readonly (string | number)[]): Random {
  return { state: hash(...parts) };
}

/** Uniform in [0, 1), by mulberry32. */
export function uniform(random: Random): number {
  random.state = (random.state + 0x6d2b79f5) | 0;
  const a = random.state;
  let t = Math.imul(a ^ (a >>> 15), 1 | a);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * uniform(random);
}

/** Uniform in the logarithm. */
export function logBetween(random: Random, low: number, high: number): number {
  return Math.exp(between(random, Math.log(low), Math.log(high)));
}

export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - uniform(random)) * mean;
}

/** Standard normal, by Box and Muller. */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(random)));
  return radius * Math.cos(2 * Math.PI * uniform(random));
}

export function logNormal(random: Random, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(random));
}

/** The index of one weight, drawn in proportion. */
export function pick(random: Random, weights: readonly number[]): number {
  let left = uniform(random) * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return weights.length - 1;
}

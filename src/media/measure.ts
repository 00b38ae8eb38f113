/** What small pictures of a video say: black, standing still, which colours. Pure. */

/** A picture of three bytes (red, green, blue) per pixel, row by row. */
export interface Picture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

export interface Sample {
  /** From the first frame on. */
  atMs: number;
  picture: Picture;
}

export interface Measures {
  blackRatio: number;
  frozenRatio: number;
  colours: Record<Colour, number>;
}

/** Every pixel has exactly one of these names. */
export const COLOURS = [
  'white',
  'grey',
  'black',
  'red',
  'orange',
  'brown',
  'yellow',
  'green',
  'cyan',
  'blue',
  'purple',
  'pink',
] as const;
export type Colour = (typeof COLOURS)[number];

/** Black is dark and even: a night scene has lights, a black frame has at most noise. On a scale of 0..255. */
const BLACK_LUMA_MAX = 24;
const BLACK_SPREAD_MAX = 10;

/**
 * Two pictures stand still when they differ only as an encoder's noise does. The peak catches a small thing that
 * moves in a large still picture, which the mean would lose.
 */
const STILL_MEAN_MAX = 1;
const STILL_PEAK_MAX = 24;

/** Shorter rests belong to motion: a ball turns round, a person pauses. */
const STILL_MS_MIN = 500;

/** Measures sampled pictures, in order of time. Without any, everything is 0. */
export function measure(samples: readonly Sample[]): Measures {
  const pictures = samples.map((sample) => sample.picture);
  const colours = Object.fromEntries(COLOURS.map((name) => [name, 0])) as Record<Colour, number>;
  for (const picture of pictures) {
    const shares = colourShares(picture);
    for (const name of COLOURS) colours[name] += shares[name] / pictures.length;
  }
  for (const name of COLOURS) colours[name] = rounded(colours[name]);
  return {
    blackRatio: rounded(pictures.filter(isBlack).length / Math.max(1, pictures.length)),
    frozenRatio: rounded(frozenRatio(samples)),
    colours,
  };
}

/** Mean and standard deviation of the luma (Rec. 709 weights), 0..255. */
export function luma({ rgb }: Picture): { mean: number; spread: number } {
  const count = Math.floor(rgb.length / 3);
  if (count === 0) return { mean: 0, spread: 0 };
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count * 3; i += 3) {
    const value = 0.2126 * at(rgb, i) + 0.7152 * at(rgb, i + 1) + 0.0722 * at(rgb, i + 2);
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  return { mean, spread: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

export function isBlack(picture: Picture): boolean {
  const { mean, spread } = luma(picture);
  return mean < BLACK_LUMA_MAX && spread < BLACK_SPREAD_MAX;
}

/** Mean and largest absolute difference of two pictures' bytes, 0..255. Pictures of two sizes differ wholly. */
export function difference(a: Picture, b: Picture): { mean: number; peak: number } {
  if (a.rgb.length !== b.rgb.length || a.width !== b.width) return { mean: 255, peak: 255 };
  let sum = 0;
  let peak = 0;
  for (let i = 0; i < a.rgb.length; i++) {
    const distance = Math.abs(at(a.rgb, i) - at(b.rgb, i));
    sum += distance;
    if (distance > peak) peak = distance;
  }
  return { mean: sum / Math.max(1, a.rgb.length), peak };
}

function isStill(a: Picture, b: Picture): boolean {
  const { mean, peak } = difference(a, b);
  return mean <= STILL_MEAN_MAX && peak <= STILL_PEAK_MAX;
}

/**
 * Share of the watched time in which the picture stands. Each picture is held against the one where the rest began,
 * so that a drift too slow to show from one sample to the next is motion all the same.
 */
export function frozenRatio(samples: readonly Sample[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last) return 0;
  const watchedMs = last.atMs - first.atMs;
  // A single picture never moves.
  if (watchedMs <= 0) return 1;
  let frozenMs = 0;
  let anchor = first;
  let before = first;
  const rest = () => {
    const spanMs = before.atMs - anchor.atMs;
    if (spanMs >= Math.min(STILL_MS_MIN, watchedMs)) frozenMs += spanMs;
  };
  for (const sample of samples) {
    if (!isStill(anchor.picture, sample.picture)) {
      rest();
      anchor = sample;
    }
    before = sample;
  }
  rest();
  return frozenMs / watchedMs;
}

/** Share of the pixels that have each name; the shares add up to 1. */
export function colourShares({ rgb }: Picture): Record<Colour, number> {
  const shares = Object.fromEntries(COLOURS.map((name) => [name, 0])) as Record<Colour, number>;
  const count = Math.floor(rgb.length / 3);
  for (let i = 0; i < count * 3; i += 3)
    shares[colourOf(at(rgb, i), at(rgb, i + 1), at(rgb, i + 2))] += 1 / count;
  return shares;
}

/** The everyday name of a colour, by hue, saturation and value. Arguments are 0..255. */
export function colourOf(red: number, green: number, blue: number): Colour {
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  const value = high / 255;
  const saturation = high === 0 ? 0 : (high - low) / high;
  if (value < 0.2) return 'black';
  // Dark pixels look grey sooner: their saturation rests on a few levels.
  if (saturation < (value < 0.4 ? 0.3 : 0.2)) return value > 0.75 ? 'white' : 'grey';
  return hueName(hueOf(red, green, blue, high, high - low), saturation, value);
}

function hueOf(red: number, green: number, blue: number, high: number, span: number): number {
  if (high === red) return (((green - blue) / span) * 60 + 360) % 360;
  if (high === green) return ((blue - red) / span) * 60 + 120;
  return ((red - green) / span) * 60 + 240;
}

function hueName(hue: number, saturation: number, value: number): Colour {
  if (hue < 16 || hue >= 340) return saturation < 0.45 && value > 0.6 ? 'pink' : 'red';
  if (hue < 45) return value < 0.65 ? 'brown' : 'orange';
  if (hue < 70) return 'yellow';
  if (hue < 165) return 'green';
  if (hue < 200) return 'cyan';
  if (hue < 258) return 'blue';
  return hue < 295 ? 'purple' : 'pink';
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}

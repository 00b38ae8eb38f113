/** The portable canary: one small video, described without any provider's words, and what a decoder must find in it. */

export interface Canary {
  id: string;
  prompt: Prompt;
  order: WantedVideo;
  expect: Expectation;
}

/** The parts of a prompt; each adapter joins them in the form its provider reads best. */
export interface Prompt {
  goal: string;
  subject: string;
  scene: string;
  motion: string;
  camera: string;
  style: string;
  /** What must not appear. Sent as a negative prompt where there is one, else as a sentence. */
  avoid: string[];
  /** What to do to the result, e.g. "no text overlays, no cuts". */
  post: string;
}

/** Resolutions by the names that models have for them; not every model has each. */
export const RESOLUTIONS = ['360p', '480p', '540p', '576p', '720p', '768p', '1080p', '2k', '4k'] as const;

/** What is wished for. `shortest`, `smallest`: the adapter takes the cheapest that its model allows. */
export interface WantedVideo {
  seconds: number | 'shortest';
  aspect: '16:9' | '9:16' | '1:1';
  resolution: (typeof RESOLUTIONS)[number] | 'smallest';
  seed: number | null;
  audio: boolean;
}

/** What a good result looks like, in measures a machine can take. */
export interface Expectation {
  /** How far the length may lie from what was ordered, as a share: 0.25 is a quarter. */
  durationTolerance: number;
  /** How far width and height may lie from what was ordered, as a share. */
  sizeTolerance: number;
  /** The largest share of black frames that passes, 0..1. */
  blackMax: number;
  /** The largest share of standing time that passes, 0..1. */
  frozenMax: number;
  /** Colours that must cover at least this share of the picture, e.g. `{ white: 0.2, red: 0.005 }`. */
  colours: Record<string, number>;
}

/** The canary that is ordered where the configuration names no other: something a machine can check. */
export const DEFAULT_CANARY: Canary = {
  id: 'red-ball',
  prompt: {
    goal: 'A short clip for checking that video generation works.',
    subject: 'a glossy red ball',
    scene: 'a plain white floor and a white wall, evenly lit',
    motion: 'the ball rolls slowly from left to right across the whole frame',
    camera: 'static camera, eye level, whole ball in view',
    style: 'simple, photorealistic, bright',
    avoid: ['text', 'people', 'cuts', 'camera movement'],
    post: 'no captions, no fade in or out',
  },
  order: { seconds: 'shortest', aspect: '16:9', resolution: 'smallest', seed: 7, audio: false },
  expect: {
    durationTolerance: 0.3,
    sizeTolerance: 0.15,
    blackMax: 0.5,
    frozenMax: 0.9,
    colours: { white: 0.15, red: 0.003 },
  },
};

/**
 * The prompt as one text of plain sentences, for providers with a single prompt field.
 * @param options.avoid whether the things to avoid are said here (false where the provider has a negative prompt)
 * @param options.charactersMax where to cut, at a word; providers refuse longer prompts
 */
export function promptText(prompt: Prompt, options: { avoid: boolean; charactersMax: number }): string {
  const sentences = [
    `${capitalise(prompt.subject)} on ${prompt.scene}: ${prompt.motion}`,
    capitalise(prompt.camera),
    prompt.style === '' ? '' : `Style: ${prompt.style}`,
    options.avoid && prompt.avoid.length > 0 ? `Without ${prompt.avoid.join(', ')}` : '',
    capitalise(prompt.post),
  ].filter((sentence) => sentence !== '');
  const text = `${sentences.join('. ')}.`;
  return text.length <= options.charactersMax ? text : cutAtWord(text, options.charactersMax);
}

/** Languages without spaces are cut between characters, never inside one. */
function cutAtWord(text: string, charactersMax: number): string {
  const end = text.lastIndexOf(' ', charactersMax);
  return end > 0 ? text.slice(0, end) : text.slice(0, charactersMax).replace(/[\uD800-\uDBFF]$/, '');
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Takes secrets, and characters that nobody sees, out of texts before anybody can read them. */

import { createFinder, type Range } from './find.ts';

/** Shorter values are words of everyday language: masking them would only spoil the text. */
const SECRET_CHARS_MIN = 6;
/** Shorter values of headers are versions and dates. */
const LEARNT_CHARS_MIN = 16;
const LEARNT_MAX = 64;
/** A file that is a secret as a whole holds others, a line each. */
const PART = /[\w+/=-]{40,}/g;
/** How often a text is decoded in search of a secret: JSON inside of JSON inside of an address. */
const DECODINGS_MAX = 4;
/** No answer of a provider is nested deeper. */
const DEPTH_MAX = 200;
const MASK = '***';

export interface Masker {
  /** A text without secrets, in whatever usual way they are written. */
  mask: (text: string) => string;
  /**
   * Parsed JSON, or a text, without secrets and without invisible characters, which could hide a secret or turn the
   * order of reading. Changes what it is given. Throws for JSON that is nested too deeply.
   * @param stands what a text stands for and is put in its place as it is; undefined for a text
   */
  clean: <T>(value: T, stands?: (text: string) => unknown) => T;
  /** Takes a credential that was made here, such as a signed token, for a secret; only those used last are kept. */
  learn: (secret: string) => void;
}

export function createMasker(secrets: readonly string[]): Masker {
  const { find, add, remove } = createFinder();
  add(written(secrets.flatMap((secret) => [secret, ...partsOf(secret)])));
  const learnt = new Map<string, string[]>();
  const mask = (text: string): string => maskFound(text, find);
  const cleanText = (text: string): string => withoutInvisible(mask(text));
  return {
    mask,
    clean: <T>(value: T, stands?: (text: string) => unknown) =>
      cleaned(value, { name: cleanText, text: (text) => stands?.(text) ?? cleanText(text) }, 0) as T,
    learn: (secret) => {
      if (secret.length < LEARNT_CHARS_MIN) return;
      const known = learnt.get(secret);
      const ways = known ?? written([secret]);
      // The order is that of the last use.
      learnt.delete(secret);
      learnt.set(secret, ways);
      if (known !== undefined) return;
      add(ways);
      for (const [oldest, itsWays] of learnt) {
        if (learnt.size <= LEARNT_MAX) break;
        learnt.delete(oldest);
        remove(itsWays);
      }
    },
  };
}

function partsOf(secret: string): string[] {
  return secret.replaceAll(/\\[nr]/g, '\n').match(PART) ?? [];
}

/** All ways to write the secrets that are no decoding of single characters. */
function written(secrets: readonly string[]): string[] {
  return secrets
    .filter((secret) => secret.length >= SECRET_CHARS_MIN)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('latin1'),
      Buffer.from(secret).toString('hex'),
      ...base64Of(secret),
    ]);
}

/** The characters that a secret comes to in base64 whatever stands before and behind it, as in `user:key`. */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((whole.length * 8) / 6);
    const core = whole.toString('base64').slice(from, to);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** A text as it reads after some decoding, and where in the original each of its characters begins. */
interface View {
  text: string;
  starts: Int32Array | null;
}

function maskFound(text: string, find: (text: string) => Range[]): string {
  if (text.length < SECRET_CHARS_MIN) return text;
  const ranges: Range[] = [];
  let view: View | null = { text, starts: null };
  for (let depth = 0; view !== null && depth <= DECODINGS_MAX; depth++) {
    const { starts } = view;
    for (const [from, to] of find(view.text))
      ranges.push(starts === null ? [from, to] : [starts[from] ?? 0, starts[to] ?? text.length]);
    view = decoded(view);
  }
  if (ranges.length === 0) return text;
  let masked = '';
  let at = 0;
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    if (from >= at) masked += `${text.slice(at, from)}${MASK}`;
    at = Math.max(at, to);
  }
  return masked + text.slice(at);
}

const HIDDEN = String.raw`\p{Cc}\p{DI}\p{Bidi_Control}\ufff9-\ufffb`;
/** A whole run of backslashes: if a match could begin anywhere in it, a long run would take quadratic time. */
const BACKSLASHES = String.raw`(?<!\\)\\+`;
/** Escapes of JSON and JavaScript, addresses and HTML; and what is not seen, line breaks in base64 among it. */
const ENCODED = new RegExp(
  String.raw`${BACKSLASHES}(?:u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|x([0-9a-f]{2})|([^ux\\]))|%([0-9a-f]{2})` +
    String.raw`|&#x([0-9a-f]{1,6});|&#(\d{1,7});|&(amp|lt|gt|quot|apos|sol);|[${HIDDEN}]`,
  'giu',
);
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  sol: '/',
};
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** The same text with one layer of encoding taken off; null where there is none. */
function decoded({ text, starts }: View): View | null {
  ENCODED.lastIndex = 0;
  // Kept in one expression: `matchAll` would compile it anew for every text.
  let match = ENCODED.exec(text);
  if (match === null) return null;
  let to = '';
  let at = 0;
  const next = new Int32Array(text.length + 1);
  const origin = (index: number) => starts?.[index] ?? index;
  const keep = (until: number) => {
    for (let index = at; index < until; index++) next[to.length + index - at] = origin(index);
    to += text.slice(at, until);
  };
  for (; match !== null; match = ENCODED.exec(text)) {
    keep(match.index);
    for (const unit of charOf(match).split('')) {
      next[to.length] = origin(match.index);
      to += unit;
    }
    at = match.index + match[0].length;
  }
  keep(text.length);
  next[to.length] = origin(text.length);
  return { text: to, starts: next };
}

function charOf([, u4, u, x, escaped, percent, entityHex, entity, named]: RegExpExecArray): string {
  if (escaped !== undefined) return ESCAPED[escaped] ?? escaped;
  if (named !== undefined) return NAMED[named.toLowerCase()] ?? '';
  const hex = u4 ?? u ?? x ?? percent ?? entityHex;
  const code = hex === undefined ? Number(entity ?? Number.NaN) : Number.parseInt(hex, 16);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : '';
}

const INVISIBLE = new RegExp(`[${HIDDEN}]`, 'gu');
const VISIBLE = /[\t\n\r]/;
/** The same written as JSON escapes; those beyond U+FFFF (tags) as a pair. */
const ESCAPED_INVISIBLE = new RegExp(
  String.raw`${BACKSLASHES}u(?:db4[0-3]\\+ud[c-f][0-9a-f]{2}|([0-9a-f]{4}))`,
  'gi',
);

function withoutInvisible(text: string): string {
  const seen = text.replace(INVISIBLE, (char) => (VISIBLE.test(char) ? char : ''));
  if (!seen.includes('\\u')) return seen;
  return seen.replace(ESCAPED_INVISIBLE, (whole, hex: string | undefined) => {
    const char = hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16));
    return char.replace(INVISIBLE, '') === '' && !VISIBLE.test(char) ? '' : whole;
  });
}

interface Cleaning {
  name: (text: string) => string;
  text: (text: string) => unknown;
}

function cleaned(value: unknown, how: Cleaning, depth: number): unknown {
  if (typeof value === 'string') return how.text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) throw new RangeError(`nested more than ${DEPTH_MAX} levels deep`);
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    for (const [index, item] of items.entries()) items[index] = cleaned(item, how, depth + 1);
    return items;
  }
  // `fromEntries` makes `__proto__` a field like any other, as the parser does.
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [how.name(name), cleaned(item, how, depth + 1)]),
  );
}

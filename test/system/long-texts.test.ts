import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { hear } from '../../src/core/errors.ts';
import { successionIn } from '../../src/core/endings.ts';
import { readText } from '../../src/core/phrases.ts';
import { HttpError } from '../../src/ports/http.ts';
import { plainText, say } from '../../src/providers/read.ts';
import { createInlineReader } from '../../src/system/inline.ts';
import { createMasker } from '../../src/system/mask.ts';
import { scrubText } from '../../src/system/recording.ts';

/** As much as an answer may hold; see http.ts. */
const ANSWER_CHARS = 4 * 1024 * 1024;
/** As much as a recording keeps of an answer: enough to show quadratic time. */
const CHARS = 256 * 1024;
/** Far more than linear time takes, and far less than quadratic time. */
const BOUND_MS = 15_000;

const PIECES = [
  '\\',
  '\\u',
  '\\u{',
  '\\x',
  '\\udb40',
  '%',
  '%25',
  '&#',
  '&#x',
  '&amp;',
  ' ',
  '\n',
  '"',
  "'",
  '`',
  '\\"',
  '<',
  '<script ',
  '<script>',
  '{',
  'code:"',
  "code:'",
  'A',
  'eyJ-',
  '?token',
  '&x-amz-',
  'a@',
  'sk-abc',
  'aaaaaa',
  'model-',
  'http',
];
const TAILS = ['', 'u', '\\ud'];

const masker = createMasker(['sk-abcdefghijklmnop', `${'a'.repeat(8)}${'0123456789'.repeat(400)}`]);

const READERS: Record<string, (text: string) => unknown> = {
  'an answer': (text) => masker.clean(text),
  'an answer that may hold a file': (text) => {
    const reader = createInlineReader();
    reader.write(Buffer.from(`"${text}`));
    return reader.end();
  },
  'an error body': hear,
  'a sentence': (text) => readText(text, () => true),
  'a notice of an end': successionIn,
  'a quoted text': (text) => say(text),
  'an error page': (body) => plainText(new HttpError('status', 'no', { body })),
  'a recorded text': scrubText,
};

/** Throws once the work takes too long; a test's own timeout cannot end a regular expression. */
function within(ms: number, work: () => unknown): unknown {
  return runInNewContext('work(); "ended"', { work }, { timeout: ms });
}

function repeated(piece: string, chars: number, tail: string): string {
  return piece.repeat(Math.ceil(chars / piece.length)) + tail;
}

describe.each(Object.entries(READERS))('%s', (_, read) => {
  it.each(PIECES)('is read to its end however often %j is repeated in it', (piece) => {
    for (const tail of TAILS)
      expect(within(BOUND_MS, () => read(repeated(piece, CHARS, tail)))).toBe('ended');
  });
});

it.each(['\\', '\\u', '%', '&#', ' ', '"'])(
  'an answer of 4 MiB of %j is cleaned',
  (piece) => {
    const text = repeated(piece, ANSWER_CHARS, 'u');

    expect(within(4 * BOUND_MS, () => masker.clean(text))).toBe('ended');
  },
  5 * BOUND_MS,
);

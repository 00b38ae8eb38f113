/** Text from outside, made fit for both databases, for pages and for terminals: the one place where that is done. */

import type { Db, Param } from '../ports/store.ts';

/** Texts of errors that are kept beside a row. */
export const ERROR_CHARACTERS_MAX = 500;
/** An id is shown and searched for; the job itself is kept whole. */
export const JOB_ID_CHARACTERS_MAX = 500;

/** C0 without tab and line feed, DEL, and C1, which some terminals obey. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const EVERY_CONTROL = new RegExp(CONTROL, 'g');
const REPLACEMENT = '\ufffd';
/** U+2400 to U+241F show the control characters in their order. */
const PICTURES = 0x2400;

/** Control characters become visible symbols, halves of surrogate pairs U+FFFD, and every end of a line `\n`. */
export function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  if (!CONTROL.test(formed)) return formed;
  return formed.replace(/\r\n?/g, '\n').replace(EVERY_CONTROL, (char) => picture(char.charCodeAt(0)));
}

/** @param max in characters */
export function cleanStart(text: string, max: number): string {
  return cleanText(text.slice(0, max));
}

/** JSON in which no string holds what `cleanText` takes out. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/\\[bfru]/.test(text)) return text;
  // From left to right, so that the second half of an escaped backslash begins nothing. JSON.stringify itself writes
  // \u only for control characters and halves of pairs.
  return text.replace(/\\(?:r\\n|u[0-9a-f]{4}|.)/g, (escape) => {
    if (escape.startsWith('\\r')) return '\\n';
    if (escape === '\\b') return picture(8);
    if (escape === '\\f') return picture(12);
    return escape.startsWith('\\u') ? picture(Number.parseInt(escape.slice(2), 16)) : escape;
  });
}

/** JSON that reads back as exactly what was given, in characters that every database takes. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value).replace(
    EVERY_CONTROL,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Every text that is written or asked for is clean, whoever wrote the statement. */
export function withCleanText(db: Db): Db {
  const clean = (param: Param) => (typeof param === 'string' ? cleanText(param) : param);
  return {
    ...db,
    query: (text, params) => db.query(text, params?.map(clean)),
    transaction: (work) => db.transaction((tx) => work(withCleanText(tx))),
  };
}

function picture(code: number): string {
  return code < 0x20 ? String.fromCharCode(PICTURES + code) : REPLACEMENT;
}

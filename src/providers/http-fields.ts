/** The kinds of option that the description of an API is made of. */

import { z } from 'zod';
import { whyNoPath } from './http-paths.ts';
import { isShallow, template } from './models.ts';

export const TEXT_CHARACTERS_MAX = 2_000;
const WORDS_MAX = 50;
const HEADERS_MAX = 30;
const VALUES_MAX = 10;
const NAME = /^[a-zA-Z]\w{0,39}$/;
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-zA-Z-]+$/;
export const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** Headers that the connection itself writes. */
const RESERVED = /^(host|content-length|connection|transfer-encoding|upgrade|expect|te|trailer)$/i;

/** A JSONPath that is well formed. */
export function jsonPath(description: string) {
  return z
    .string()
    .max(TEXT_CHARACTERS_MAX)
    .check(({ value, issues }) => {
      const why = whyNoPath(value);
      if (why !== null) issues.push({ code: 'custom', input: value, message: why });
    })
    .meta({ description });
}

/** A path of a call: below the base, or one place alone that stands for an address which an answer gave. */
export const callPath = z
  .string()
  .max(TEXT_CHARACTERS_MAX)
  .regex(/^(\/(?!\/)\S*|\{job\.\w+\})$/, 'Expected a path that begins with /, or {job.name} alone');

/** Headers by name, their values as templates. */
export const headers = (description: string) =>
  z
    .record(
      z.string(),
      z.string().max(TEXT_CHARACTERS_MAX).regex(HEADER_VALUE, 'Expected one line of a header'),
    )
    .refine((all) => Object.keys(all).length <= HEADERS_MAX, `Expected at most ${HEADERS_MAX} headers`)
    .check(names(HEADER_NAME, 'Expected the name of a header'), reserved)
    .meta({ description })
    .prefault({});

type Check = z.core.CheckFn<Record<string, unknown>>;

/** Judges the names in a record one by one, so that each complaint has its own path. */
function names(pattern: RegExp, message: string): Check {
  return ({ value, issues }) => {
    for (const name of Object.keys(value).filter((name) => !pattern.test(name)))
      issues.push({ code: 'custom', input: value, path: [name], message: `${message}, got "${name}"` });
  };
}

const reserved: Check = ({ value, issues }) => {
  for (const name of Object.keys(value).filter((name) => RESERVED.test(name)))
    issues.push({
      code: 'custom',
      input: value,
      path: [name],
      message: `${name} is written by the connection itself`,
    });
};

/** The fields of a body as a template. */
export const body = (description: string) =>
  z
    .record(z.string().max(100), template)
    .refine((fields) => isShallow(fields), 'Expected fewer levels')
    .meta({ description });

/** A word or code of an answer. YAML makes numbers and truths of 0 and true, which are meant as they look. */
export const word = z
  .union([z.string().min(1).max(100), z.number(), z.boolean()], 'Expected a word, a number, true or false')
  .transform(String);

/** Words that an answer may say. */
export const words = (description: string) => z.array(word).max(WORDS_MAX).meta({ description });

/** HTTP statuses beside 2xx. */
export const statuses = (description: string) =>
  z.array(z.int().min(300).max(599)).max(20).meta({ description });

/** An amount in an answer. */
export const money = (description: string) =>
  z
    .strictObject({
      path: jsonPath('Where the amount stands.'),
      usd: z
        .number()
        .positive()
        .max(10_000)
        .meta({ description: 'What one of it is worth in dollars: 0.01 for credits of one cent each.' })
        .prefault(1),
    })
    .meta({ description });

/** Values in an answer by names of our own. */
export const named = (description: string) =>
  z
    .record(z.string(), jsonPath('Where the value stands.'))
    .check(names(NAME, 'Expected a name of letters and digits'))
    .refine((all) => Object.keys(all).length <= VALUES_MAX, `Expected at most ${VALUES_MAX} values`)
    .meta({ description });

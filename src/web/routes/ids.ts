/** Ids as they come in addresses. */

import { z } from 'zod';

/** Longer than any id that a configuration can make. */
export const ID_CHARACTERS_MAX = 400;

/** An id of a run or target; control characters never occur in one, and some databases choke on them. */
export const wholeId = z
  .string()
  .min(1, 'Expected an id, got nothing')
  .max(ID_CHARACTERS_MAX, `Expected an id of at most ${ID_CHARACTERS_MAX} characters`)
  .regex(/^\P{Cc}+$/u, 'Expected an id without control characters')
  .meta({ description: 'The id, URL-encoded (a slash is written %2F).' });

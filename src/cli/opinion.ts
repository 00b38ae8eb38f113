/** One pasted error to a cause, whose fault it is, and the rule that says so: by the same path as in the daemon. */

import { failureFrom, failureOf } from '../app/failures.ts';
import { blameOf, CAUSE_WORDS, readFailure } from '../core/classify.ts';
import { successionIn } from '../core/endings.ts';
import { hear, statusOf } from '../core/errors.ts';
import { meaningOf, type Meaning } from '../core/meaning.ts';
import type { Blame, Cause } from '../core/model.ts';
import { HttpError } from '../ports/http.ts';
import { explainerFor, type Explainer } from './explainers.ts';

export interface Pasted {
  id: string | number;
  provider: string;
  httpStatus: number | null;
  /** The body or the text, whichever there is. */
  body: string;
  workedBefore: boolean;
}

export interface Opinion {
  id: string | number;
  cause: Cause;
  blame: Blame;
  why: string;
  /** The day of a retired model's end, `YYYY-MM-DD`, and what to use instead, where the error says so. */
  retires_at?: string;
  replacement?: string;
}

/** What the door to the network keeps of a body. */
const BODY_CHARACTERS_MAX = 4_000;

/** Reads one error. Never throws. */
export function opinionOf(pasted: Pasted): Opinion {
  const { id, provider, workedBefore } = pasted;
  const explainer = explainerFor(provider);
  const meaning = meaningFor(pasted, explainer);
  const cause = meaning?.cause ?? 'unknown_status';
  const why = whyOf(meaning, explainer, workedBefore);
  const opinion: Opinion = { id, cause, blame: blameOf(cause, workedBefore ? 1 : 0), why };
  if (cause !== 'retired') return opinion;
  const { day, replacement } = successionIn(pasted.body);
  return {
    ...opinion,
    ...(day !== null && { retires_at: day }),
    ...(replacement !== null && { replacement }),
  };
}

function meaningFor(pasted: Pasted, explainer: Explainer): Meaning | null {
  const heard = hear(pasted.body);
  const { httpStatus } = pasted;
  const status = httpStatus !== null && httpStatus >= 400 ? httpStatus : heard.status;
  const body = pasted.body.slice(0, BODY_CHARACTERS_MAX);
  if (status !== null) {
    const error = new HttpError('status', `answered with ${status}`, { status, body });
    return readFailure(failureOf(error, 'submit', explainer, 'unknown'));
  }
  // A failed job, or an error that came with success: all codes and sentences count.
  const more = { body, ...(httpStatus !== null && { status: httpStatus }) };
  const { code, message, cause } = explainer.explain(new HttpError('status', 'no status', more));
  const codes = [...new Set([...(code === null ? [] : [code]), ...heard.codes])];
  const hint = cause ?? codes.map(explainer.causeOfJobCode).find((known) => known !== null) ?? null;
  const { message: text } = failureFrom('generate', 'job', heard.text === '' ? message : heard.text);
  return meaningOf({ hint, codes, text, status: null });
}

function whyOf(meaning: Meaning | null, explainer: Explainer, workedBefore: boolean): string {
  if (meaning === null) return 'neither a code nor a status nor the text decides';
  const { cause, by, what } = meaning;
  const { title, causeOfJobCode } = explainer;
  const words = CAUSE_WORDS[cause];
  const open = workedBefore
    ? 'it worked before, so that it was taken away is likelier than a typing error'
    : 'a typing error, missing access and an end read alike';
  const rule = {
    table: causeOfJobCode(what) === cause ? `code ${what} is in ${title}'s table` : `by ${title}'s own rules`,
    code: `the code says ${what}`,
    status: `status ${what}${statusOf(what) === null ? '' : ', and the text says nothing else'}`,
    text: `the text says "${what}"`,
  }[by];
  return `${rule}: ${words}${cause === 'model_missing' ? `; ${open}` : ''}`;
}

/** How both of Luma's APIs say that something is wrong: `{"detail": …}` with a text, or with a list of fields. */

import type { HttpError } from '../ports/http.ts';
import type { Explained } from '../ports/provider.ts';
import { codeOf, fieldsOf, plainText, readError, say } from './read.ts';

/** That a model is gone comes as a refused parameter is inferred, not seen; "not supported for this model" is not it. */
const MODEL_GONE =
  /\b(unknown|unsupported|invalid|retired|deprecated) model\b|\bmodel\b[^.]*\b(not found|not available|does not exist|no longer|is not supported|retired|deprecated)\b/i;
/** The older API names no status for it (unverified); the newer one says 402. */
const NO_CREDIT = /\binsufficient\b[^.]*\b(credits?|balance|funds)\b/i;
const REFUSED = new Set([400, 404, 422]);

/**
 * Reads an error of either API. The status decides (docs.agents.lumalabs.ai/guides/error-handling, 2026-11-21: "use
 * HTTP status codes as the primary machine-readable identifier"), but for these two.
 */
export function explainLuma(error: HttpError): Explained {
  const body = readError(error.body);
  const detail = body['detail'];
  const issue = Array.isArray(detail) ? fieldsOf(detail[0]) : {};
  const at = Array.isArray(issue['loc']) ? issue['loc'].filter((part) => part !== 'body').join('.') : '';
  const told = say(issue['msg']);
  const message =
    (told !== null && at !== '' ? say(`${at}: ${told}`) : told) ?? say(detail) ?? plainText(error);
  const isAboutModel = at === 'model' || MODEL_GONE.test(message);
  const code = codeOf(issue['type']);
  if (REFUSED.has(error.status ?? 0) && isAboutModel) return { code, message, cause: 'model_missing' };
  const isUnpaid = (error.status ?? 0) < 500 && NO_CREDIT.test(message);
  return { code, message, cause: isUnpaid ? 'no_credit' : null };
}

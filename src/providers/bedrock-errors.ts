/** Errors of Bedrock, which are named in a header, and of S3, which are XML. */

import type { Cause } from '../core/model.ts';
import type { HttpError } from '../ports/http.ts';
import type { Explained } from '../ports/provider.ts';
import { codeTable } from './define.ts';
import { codeOf, firstSaid, plainText, readError, say } from './read.ts';

/** @aws-sdk/client-bedrock-runtime 3.1163.0 models; docs.aws.amazon.com CommonErrors and S3 ErrorResponses, 2026-11-21. */
export const causeOfCode = codeTable({
  auth:
    'UnrecognizedClientException InvalidSignatureException IncompleteSignatureException ExpiredTokenException ' +
    'MissingAuthenticationTokenException InvalidClientTokenId InvalidAccessKeyId SignatureDoesNotMatch ExpiredToken ' +
    'InvalidToken RequestTimeTooSkewed',
  no_access: 'AccessDeniedException AccessDenied NotAuthorized OptInRequired NoSuchBucket PermanentRedirect',
  rate_limited: 'ThrottlingException TooManyRequestsException ServiceQuotaExceededException SlowDown',
  overloaded: 'ServiceUnavailableException ServiceUnavailable ModelNotReadyException',
  timeout: 'ModelTimeoutException RequestTimeout',
  unavailable: 'InternalServerException InternalFailure InternalError ModelErrorException',
});

/** Sentences that say more than their code, as public issues quote them (2025 and 2026). */
const SAID: readonly (readonly [RegExp, Cause])[] = [
  [/INVALID_PAYMENT_INSTRUMENT/, 'no_credit'],
  [/reached the end of its life/i, 'retired'],
  [/marked by provider as Legacy/i, 'no_access'],
  [/model identifier is invalid/i, 'model_missing'],
];

/** Words of a refusal: failed invocations have a sentence and no code. */
export const REFUSAL = /content filters?|responsible ai policy|content policy|moderat\w+|guardrail/i;

/** Reads an error of either service. A code may be followed by an address, or stand behind a namespace. */
export function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const told = firstSaid(error.headers['x-amzn-errortype'], body['__type'], xml(error.body, 'Code'));
  const code = codeOf(told?.replace(/:.*$/, '').replace(/^.*#/, ''));
  const message =
    firstSaid(body['message'], body['Message']) ?? say(xml(error.body, 'Message')) ?? plainText(error);
  const said = SAID.find(([pattern]) => pattern.test(message))?.[1];
  return { code, message, cause: (code === null ? null : said) ?? causeOfCode(code) };
}

function xml(body: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(body)?.[1];
}

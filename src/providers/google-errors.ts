/** Google's errors (google.rpc.Status), as the Gemini API and the Agent Platform give them alike. */

import type { Cause } from '../core/model.ts';
import type { HttpError } from '../ports/http.ts';
import type { Explained, JobStatus } from '../ports/provider.ts';
import { codeTable } from './define.ts';
import { codeOf, fieldsOf, firstSaid, plainText, readError, say, type Fields } from './read.ts';

const DETAILS_MAX = 20;

/**
 * Reasons of google.rpc.ErrorInfo (googleapis google/api/error_reason.proto), words of google.rpc.Code, OAuth's own
 * codes (RFC 6749 5.2), and those of the Interactions API as far as public reports show them; 2026-11-21.
 */
const causeOfCode = codeTable({
  auth:
    'API_KEY_INVALID ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_TYPE_UNSUPPORTED ACCOUNT_STATE_INVALID CREDENTIALS_MISSING ' +
    'UNAUTHENTICATED invalid_grant invalid_client unauthorized_client',
  // A failed precondition is a region or a project without billing (ai.google.dev/gemini-api/docs/troubleshooting).
  no_access:
    'SERVICE_DISABLED API_KEY_SERVICE_BLOCKED API_KEY_HTTP_REFERRER_BLOCKED API_KEY_IP_ADDRESS_BLOCKED ' +
    'USER_PROJECT_DENIED CONSUMER_INVALID CONSUMER_SUSPENDED ACCESS_TOKEN_SCOPE_INSUFFICIENT ' +
    'SECURITY_POLICY_VIOLATED LOCATION_POLICY_VIOLATED IAM_PERMISSION_DENIED PERMISSION_DENIED ' +
    'FAILED_PRECONDITION PUBLIC_ERROR_MODEL_ACCESS_DENIED',
  no_credit: 'BILLING_DISABLED',
  rate_limited: 'RATE_LIMIT_EXCEEDED RESOURCE_QUOTA_EXCEEDED',
  timeout: 'DEADLINE_EXCEEDED',
  overloaded: 'UNAVAILABLE',
  unavailable: 'INTERNAL',
  bad_request: 'INVALID_ARGUMENT OUT_OF_RANGE invalid_request',
  interrupted: 'CANCELLED cancelled',
  moderated: 'raiMediaFiltered no_video',
  // What these words mean for a video is told nowhere.
  unknown_status: 'requires_action requires_continuation incomplete budget_exceeded',
});

/** google.rpc.Code, by number. */
const RPC: readonly (string | null)[] = [
  null,
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** A refused prompt comes as an invalid argument, and only its words tell (github.com/HKUDS/ViMax/issues/20). */
const REFUSAL = /Responsible AI|sensitive words|safety (?:filter|polic)\w*|violat\w* (?:our|Google's)/i;

/** docs.apiyi.com live 2026-10: what removed models answer with; github.com/avihaymenahem/velo/issues/158: closed for new keys. */
const CLOSED = /no longer available to new users/i;
const ENDED = /\bis no longer available\b/i;

/**
 * "You exceeded your current quota, please check your plan and billing details" is said of an empty account and of a
 * rate limit alike (github.com/google-gemini/gemini-cli/issues/8437): who is told when to come back has met a limit.
 */
const BILLING = /check your plan and billing|credits? (?:is|are) depleted/i;

/** Reads an error answer of any of Google's APIs, its OAuth endpoint included. Pure. */
export function explainGoogle(error: HttpError): Explained {
  // Some gateways of Google send the one error as a list.
  const body = readError(error.body.replace(/^\s*\[(?=\s*\{)/, '').replace(/\]\s*$/, ''));
  const inner = typeof body['error'] === 'object' ? fieldsOf(body['error']) : body;
  const details = detailsOf(inner);
  const word = firstSaid(inner['status'], typeof inner['code'] === 'string' ? inner['code'] : null);
  const oauth = typeof inner['error'] === 'string' ? inner['error'] : null;
  const code = codeOf(named(details, 'ErrorInfo')?.['reason']) ?? codeOf(word) ?? codeOf(oauth);
  const message = firstSaid(inner['message'], inner['error_description'], inner['error']);
  const isTold = named(details, 'RetryInfo') !== undefined;
  return {
    code,
    message: message ?? plainText(error),
    cause: causeByText(error.status, message ?? '', isTold) ?? causeOfCode(code) ?? causeOfCode(codeOf(word)),
  };
}

function causeByText(status: number | null, message: string, isTold: boolean): Cause | null {
  if (status === 404 && CLOSED.test(message)) return 'no_access';
  if (status === 404 && ENDED.test(message)) return 'retired';
  if (status === 400 && REFUSAL.test(message)) return 'moderated';
  if (status !== 429) return null;
  return BILLING.test(message) && !isTold ? 'no_credit' : 'rate_limited';
}

/** The cause that a code of a failed job stands for; null where unknown. Pure. */
export function causeOfGoogleCode(code: string): Cause | null {
  return causeOfCode(code) ?? (REFUSAL.test(code) ? 'moderated' : null);
}

/** A failed job, from the google.rpc.Status that it ended with. */
export function failedBy(status: unknown): JobStatus {
  const { code, message } = fieldsOf(status);
  const text = say(message) ?? 'the job failed without a reason';
  const word = typeof code === 'number' ? (RPC[code] ?? null) : codeOf(code);
  return { is: 'failed', code: REFUSAL.exec(text)?.[0] ?? word, message: text, costUsd: null };
}

function detailsOf(inner: Fields): Fields[] {
  const { details } = inner;
  return Array.isArray(details) ? details.slice(0, DETAILS_MAX).map(fieldsOf) : [];
}

function named(details: readonly Fields[], type: string): Fields | undefined {
  return details.find((detail) => String(detail['@type']).endsWith(`google.rpc.${type}`));
}

/**
 * What both of Kling's APIs say, from the vendor's table of codes, read 2026-11-21.
 * The HTTP numbers beside the codes are not documented: who reads answers must go by `code`.
 */

import { json } from './answers.ts';
import { uuidOf } from './jobs.ts';

export const says = {
  down: () => error(503, 5001, 'Service temporarily unavailable, usually under maintenance'),
  rateLimited: () => error(429, 1303, 'Parallel task over resource pack limit', { 'retry-after': '20' }),
  badKey: () => error(401, 1002, 'Authorization is invalid'),
  noKey: () => error(401, 1001, 'Authorization is empty'),
  tooEarly: () => error(401, 1003, 'Authorization is not yet valid'),
  expired: () => error(401, 1004, 'Authorization has expired'),
  noCredit: () => error(429, 1102, 'Resource pack depleted or expired'),
  moderated: () => error(400, 1301, 'The content security policy of the platform has been triggered'),
  modelGone: (model: string) =>
    error(404, 1203, `The requested resource does not exist, e.g. model ${model}`),
  invalid: (message: string) => error(400, 1201, message),
  noTask: () => error(404, 1203, 'The requested resource does not exist'),
  noMethod: () => error(404, 1202, 'The requested method is invalid'),
};

/** @param about what the id of the answer is made from, so that a run can be repeated */
export function ok(data: unknown, about: string): Response {
  return json(200, { code: 0, message: 'SUCCEED', request_id: uuidOf(about), data });
}

function error(
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return json(status, { code, message, request_id: uuidOf(`${code}:${message}`) }, headers);
}

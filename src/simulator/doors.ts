/** Failure on demand for the receivers: `PUT …/faults {"status":429,"retryAfterS":5,"for":"30s"}`. */

import { json, parseDuration, problem, readObject } from './answers.ts';

const STATUSES = [500, 503, 429];

export interface Door {
  /** The error that callers get now; null while the door is open. */
  refusal: () => { status: number; retryAfterS: number | null } | null;
  handleFaults: (request: Request) => Promise<Response>;
}

export function createDoor(now: () => number): Door {
  let fault: { status: number; retryAfterS: number | null; untilAt: number | null } | null = null;
  const active = () => (fault !== null && (fault.untilAt === null || now() < fault.untilAt) ? fault : null);
  return {
    refusal: active,
    handleFaults: async (request) => {
      if (request.method === 'DELETE') fault = null;
      else if (request.method === 'PUT') {
        const body = (await readObject(request)) ?? {};
        const { status, retryAfterS = null, for: lasts } = body;
        const lastsMs = typeof lasts === 'string' ? parseDuration(lasts) : null;
        if (typeof status !== 'number' || !STATUSES.includes(status))
          return problem(400, `Expected \`status\` to be one of ${STATUSES.join(', ')}.`);
        if (retryAfterS !== null && typeof retryAfterS !== 'number')
          return problem(400, 'Expected `retryAfterS` to be a number of seconds.');
        if (lasts !== undefined && lastsMs === null)
          return problem(400, 'Expected `for` to be a span such as "30s".');
        fault = { status, retryAfterS, untilAt: lastsMs === null ? null : now() + lastsMs };
      } else if (request.method !== 'GET') return problem(405, 'Use GET, PUT or DELETE.');
      return json(200, { fault: active() });
    },
  };
}

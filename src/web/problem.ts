/** Errors as RFC 9457 problem+json: what was wrong for whoever asked, and nothing about our insides. */

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Log } from '../ports/log.ts';
import type { App } from './context.ts';
import type { Problem } from './schema.ts';

const ISSUES_MAX = 10;
const ISSUE_CHARACTERS_MAX = 300;

/**
 * The names of the statuses that are sent. `STATUS_CODES` of node:http has them all, but an import of it loads Node's own
 * undici, too: 2 MB (Node 26.10, 2026-12-01).
 */
const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** What is said about errors that the HTTP layer itself finds; anything else of that kind gets the last one. */
const DETAILS: Record<number, string> = {
  400: 'The request could not be understood.',
  413: 'The body is larger than this address takes.',
  414: 'The address is longer than this server reads.',
  415: 'This address takes no body of that type.',
  500: 'Something went wrong here; the log of the daemon says what.',
  503: 'Not able to answer right now; try again in a moment.',
};

/** Answers a request with a problem. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  issues?: Problem['issues'],
): FastifyReply {
  const title = TITLES[status] ?? 'Error';
  const problem: Problem = { type: 'about:blank', title, status, detail, ...(issues ? { issues } : {}) };
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/** Makes every error, unknown address and wrong method of the app a problem. */
export function useProblems(app: App, log: Log): void {
  const known: { method: string; pattern: RegExp }[] = [];
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) known.push({ method, pattern: patternOf(route.url) });
  });
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, log));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (methods.length === 0 || methods.includes(request.method))
      return sendProblem(reply, 404, 'There is nothing at this address. /docs lists what there is.');
    const allowed = [...new Set(methods)].sort().join(', ');
    reply.header('allow', allowed);
    return sendProblem(reply, 405, `This address takes ${allowed}, got ${request.method}.`);
  });
}

/** Turns whatever was thrown while a request was handled into an answer. */
export function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.slice(0, ISSUES_MAX).map(({ instancePath, message }) => ({
      path: instancePath.replace(/^\//, '').replaceAll('/', '.'),
      message: (message ?? 'Not as expected').slice(0, ISSUE_CHARACTERS_MAX),
    }));
    const where = error.validationContext ?? 'request';
    const sentences = issues.map(({ path, message }) => `${path === '' ? where : path}: ${message}.`);
    return sendProblem(reply, 400, sentences.join(' '), issues);
  }
  const status = error.statusCode ?? 500;
  const isTheirs = status >= 400 && status < 500;
  if (!isTheirs) log.error({ error, method: request.method, path: request.url }, 'request failed');
  return sendProblem(
    reply,
    isTheirs || status === 503 ? status : 500,
    (isTheirs || status === 503 ? DETAILS[status] : DETAILS[500]) ?? 'The request could not be served.',
  );
}

/** `/v1/runs/:id/frame` as an expression that paths are held against. */
function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) =>
      part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replaceAll(/[.+?^$()[\]{}|\\]/g, '\\$&'),
    );
  return new RegExp(`^${parts.join('/')}$`);
}

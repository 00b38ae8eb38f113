/** Bearer-token scopes and the host allow-list. Reads are open until a token has the scope `read`; writes always need a token. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { App } from './context.ts';
import { sendProblem } from './problem.ts';

export const SCOPES = ['read', 'report', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Token {
  /** For people; never secret. */
  name: string;
  token: string;
  scopes: readonly Scope[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token needs; `open` for everybody. Without it: `read` for GET and HEAD, `operate` for all else. */
    scope?: Scope | 'open';
  }
  interface FastifyRequest {
    /** The name of the token that a request came with; empty for reads. */
    sender: string;
  }
}

/** What is looked at of a request. */
export interface Asked {
  headers: IncomingHttpHeaders;
}

export interface Refusal {
  status: 401 | 403 | 421;
  detail: string;
  /** For `WWW-Authenticate`; null where no token would help. */
  challenge: string | null;
}

/** Null where the request may go on. */
export type Judge = (asked: Asked, scope: Scope) => Refusal | null;

const BEARER = /^bearer +(\S+) *$/i;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/** A host name without its port; IPv6 addresses stand in brackets (RFC 9110, 7.2). */
const HOST = /^(\[[0-9a-f:.]{2,45}\]|[^:]{1,253})(?::\d{1,5})?$/i;

/**
 * Reads are open until a token has the scope `read`. Writes always need a token: the address of a connection says
 * nothing where a reverse proxy runs on the same machine.
 * @param hosts host names that requests may name, beside IP addresses and `localhost`. A web page of another site can
 *   reach a local server under the page's own name (DNS rebinding), so a request with another name is refused.
 */
export function createJudge(tokens: readonly Token[], hosts: readonly string[] = []): Judge {
  const known = tokens.map(({ token, scopes }) => ({ hash: hashOf(token), scopes }));
  const isOpen = !tokens.some(({ scopes }) => scopes.includes('read'));
  const names = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())]);
  // Who polls names the same host each time.
  let lastKnown: string | undefined;
  return ({ headers }, scope) => {
    if (headers.host !== lastKnown && !isKnownHost(headers.host, names)) return UNKNOWN_HOST;
    lastKnown = headers.host;
    if (scope === 'read' && isOpen) return null;
    const given = tokenIn(headers.authorization, scope);
    if (given === null) return { status: 401, detail: MISSING[scope], challenge: challengeOf(scope) };
    const hash = hashOf(given);
    // All are compared, so that the time it takes tells nothing.
    const scopes = known.flatMap((one) => (timingSafeEqual(one.hash, hash) ? one.scopes : []));
    if (scopes.length === 0)
      return { status: 401, detail: 'This token is unknown.', challenge: challengeOf(scope) };
    if (scopes.includes(scope)) return null;
    const challenge = `Bearer realm="reelwatch", error="insufficient_scope", scope="${scope}"`;
    return { status: 403, detail: `This token lacks the \`${scope}\` scope.`, challenge };
  };
}

/** Clients of HTTP/1.0 name no host, and a browser always does. */
function isKnownHost(host: string | undefined, names: ReadonlySet<string>): boolean {
  if (host === undefined || host === '') return true;
  const name = HOST.exec(host)?.[1]?.toLowerCase().replace(/\.$/, '');
  if (name === undefined) return false;
  return names.has(name) || isIP(name.replaceAll(/[[\]]/g, '')) !== 0;
}

const UNKNOWN_HOST: Refusal = {
  status: 421,
  detail: 'This server does not answer to that host name. Add the name to `server.hosts`.',
  challenge: null,
};
const MISSING: Record<Scope, string> = {
  read: 'Reading needs a token with the `read` scope.',
  report: 'Reporting needs a token with the `report` scope.',
  operate: 'This change needs a token with the `operate` scope.',
};

/** Browsers can only be asked for a name and a password: the token is the password. */
function challengeOf(scope: Scope): string {
  const bearer = `Bearer realm="reelwatch", scope="${scope}"`;
  return scope === 'read' ? `${bearer}, Basic realm="reelwatch", charset="UTF-8"` : bearer;
}

/** A browser sends Basic by itself, whichever page asks it to, so that is no right to change anything. */
function tokenIn(authorization: string | undefined, scope: Scope): string | null {
  const bearer = BEARER.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const basic = scope === 'read' ? BASIC.exec(authorization ?? '')?.[1] : undefined;
  if (basic === undefined) return null;
  const text = Buffer.from(basic, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Refuses what the judge refuses, before any body is read. */
export function useAccess(app: App, judge: Judge, tokens: readonly Token[]): void {
  const named = tokens.map(({ name, token }) => ({ name, hash: hashOf(token) }));
  app.decorateRequest('sender', '');
  app.addHook('onRequest', async (request, reply) => {
    const scope = scopeOf(request);
    if (scope === 'open') return undefined;
    const refusal = judge({ headers: request.headers }, scope);
    if (refusal === null) {
      const hash = hashOf(BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '');
      if (scope !== 'read') request.sender = named.find((one) => timingSafeEqual(one.hash, hash))?.name ?? '';
      return undefined;
    }
    if (refusal.challenge !== null) reply.header('www-authenticate', refusal.challenge);
    return sendProblem(reply, refusal.status, refusal.detail);
  });
}

function scopeOf(request: FastifyRequest): Scope | 'open' {
  // What there is not can be neither reported nor operated.
  if (request.is404) return 'read';
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  return request.routeOptions.config.scope ?? (isReading ? 'read' : 'operate');
}

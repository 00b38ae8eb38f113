/** Who may do what: bearer tokens with scopes; without tokens, reading is open and everything else is for this machine. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
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
    /** Whose token a request that changes something came with; `local` where this machine needs none. */
    sender: string;
  }
}

/** What is looked at of a request. */
export interface Asked {
  headers: IncomingHttpHeaders;
  /** The address at the other end of the connection. */
  address: string | undefined;
}

export interface Refusal {
  status: 401 | 403;
  detail: string;
  /** For `WWW-Authenticate`; null where no token would help. */
  challenge: string | null;
}

/** Null where the request may go on. */
export type Judge = (asked: Asked, scope: Scope) => Refusal | null;

/** As soon as a proxy stands between, the other end of the connection says nothing about who asks. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];
const LOOPBACK = /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/;
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const BEARER = /^bearer +(\S+) *$/i;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/**
 * Reading is open until a token with the scope `read` is configured. Reporting and operating need a token as soon as
 * there is any; until then they are for this machine alone.
 */
export function createJudge(tokens: readonly Token[]): Judge {
  const known = tokens.map(({ token, scopes }) => ({ hash: hashOf(token), scopes }));
  const isOpen = !tokens.some(({ scopes }) => scopes.includes('read'));
  return (asked, scope) => {
    if (scope === 'read' && isOpen) return null;
    if (known.length === 0) return isFromHere(asked) ? null : AWAY;
    const given = tokenIn(asked.headers.authorization, scope);
    if (given === null) return { status: 401, detail: MISSING[scope], challenge: challengeOf(scope) };
    const hash = hashOf(given);
    // All are compared, so that the time it takes tells nothing.
    const scopes = known.flatMap((one) => (timingSafeEqual(one.hash, hash) ? one.scopes : []));
    if (scopes.length === 0)
      return { status: 401, detail: 'This token is not known here.', challenge: challengeOf(scope) };
    if (scopes.includes(scope)) return null;
    const challenge = `Bearer realm="reelwatch", error="insufficient_scope", scope="${scope}"`;
    return { status: 403, detail: `This token has not the scope ${scope}.`, challenge };
  };
}

const AWAY: Refusal = {
  status: 403,
  detail: 'Without server.tokens in the configuration this is only for the machine that reelwatch runs on.',
  challenge: null,
};
const MISSING: Record<Scope, string> = {
  read: 'Reading needs a token with the scope read.',
  report: 'Reporting needs a token with the scope report.',
  operate: 'Operating needs a token with the scope operate.',
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

/** From a program on this machine: no proxy between, and not a page of another site in somebody's browser. */
function isFromHere({ headers, address }: Asked): boolean {
  if (!LOOPBACK.test(address ?? '') || FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const { host = '', origin } = headers;
  return LOCAL_HOST.test(host) && (origin === undefined || origin === `http://${host}`);
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Refuses what the judge refuses, before any body is read. */
export function useAccess(app: App, judge: Judge, tokens: readonly Token[]): void {
  const named = tokens.map(({ name, token }) => ({ name, hash: hashOf(token) }));
  app.decorateRequest('sender', 'local');
  app.addHook('onRequest', async (request, reply) => {
    const scope = scopeOf(request);
    if (scope === 'open') return undefined;
    const refusal = judge({ headers: request.headers, address: request.socket.remoteAddress }, scope);
    if (refusal === null) {
      const hash = hashOf(BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '');
      if (scope !== 'read')
        request.sender = named.find((one) => timingSafeEqual(one.hash, hash))?.name ?? 'local';
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

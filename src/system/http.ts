/** The door to the network: origin-bound credentials, limits, deadlines, one kind of error. */

import { Agent, fetch as undiciFetch } from 'undici';
import { invariant, SECOND } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import type { Api, CallOptions, Http, Payload, Reply, Shape } from '../ports/http.ts';
import { createLookup, systemResolve, type Resolve } from './address.ts';
import { download } from './download.ts';
import { exchange, send } from './exchange.ts';
import type { Transport, Wire } from './exchange.ts';
import { createMasker } from './mask.ts';
import { write } from './payload.ts';
import { recorded, type Recorded } from './recording.ts';
import { readReply } from './reply.ts';

const TIMEOUT_MS = 30 * SECOND;
const BODY_BYTES_MAX = 4 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10 * SECOND;
/** A body that stands still this long is dead, whatever time the whole call has. */
const BODY_IDLE_MS_MAX = 60 * SECOND;
/** Below the idle time of usual load balancers, so that an order rarely meets a connection that is being closed. */
const KEEP_ALIVE_MS = 4 * SECOND;
const KEEP_ALIVE_MS_MAX = 30 * SECOND;
const CONNECTIONS_PER_ORIGIN_MAX = 32;
const ORIGINS_MAX = 512;
/** Headers whose values prove who we are, whether configured or made for one call. */
const PROVES = /^(proxy-)?authorization$|^cookie$|key$|token$|secret$|signature$/;

export interface HttpDeps {
  clock: Clock;
  /** Values that must never show in errors. */
  secrets?: readonly string[];
  /** Answers instead of the network: an in-process simulator. Everything else stays as it is. */
  fetch?: (request: Request) => Promise<Response>;
  userAgent?: string;
  /** How host names become addresses. */
  resolve?: Resolve;
  /** Is given every exchange, without secrets. */
  record?: (exchange: Recorded) => void;
  /** The largest JSON answer, decoded. */
  bodyBytesMax?: number;
}

/** The real Http. `close` ends every connection at once. */
export function createHttp(deps: HttpDeps): Http & { close: () => Promise<void> } {
  const network = deps.fetch ? inProcess(deps.fetch) : overNetwork(deps.resolve ?? systemResolve);
  const masker = createMasker(deps.secrets ?? []);
  const wire: Wire = {
    clock: deps.clock,
    transport: deps.record ? recorded(network.transport, masker.mask, deps.record) : network.transport,
    masker,
    userAgent: deps.userAgent ?? 'reelwatch',
  };
  const bytesMax = deps.bodyBytesMax ?? BODY_BYTES_MAX;
  return {
    at: (base, headers) => createApi(wire, bytesMax, base, headers),
    download: (url, limits, signal) => download(wire, url, limits, signal),
    close: network.close,
  };
}

function createApi(wire: Wire, bytesMax: number, base: string, own: Record<string, string>): Api {
  const origin = baseOf(base);
  const credentials = lowerCased(own);
  const call = <T>(
    method: string,
    path: string,
    payload: Payload | null,
    shape: Shape<T>,
    signal: AbortSignal,
    options: CallOptions = {},
  ): Promise<Reply<T>> => {
    const url = join(origin, path);
    const written = payload ? write(payload) : null;
    const headers = {
      'user-agent': wire.userAgent,
      accept: 'application/json',
      ...(written && { 'content-type': written.type }),
      ...credentials,
      ...lowerCased(options.headers ?? {}),
    };
    learnProofs(wire, { ...credentials, ...lowerCased(options.headers ?? {}) });
    for (const one of options.credentials ?? []) wire.masker.learn(one);
    const name = `${method} ${url.origin}${url.pathname}`;
    return exchange(wire, name, options.timeoutMs ?? TIMEOUT_MS, signal, async (call) => {
      const body = written?.body ?? null;
      const answer = await send(call, { method, url, headers, body, isPublicOnly: false });
      return readReply(call, answer, bytesMax, shape, options);
    });
  };
  return {
    get: (path, shape, signal, options) => call('GET', path, null, shape, signal, options),
    send: call,
    download: (path, limits, signal, options = {}) => {
      const url = join(origin, path);
      const headers = { ...credentials, ...lowerCased(options.headers ?? {}) };
      learnProofs(wire, headers);
      return download(wire, { url, own: { origin: url.origin, headers } }, limits, signal);
    },
  };
}

/** A token or signature that was made for a call is as secret as the key behind it: an answer may repeat it. */
function learnProofs({ masker }: Wire, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!PROVES.test(name) || name === 'idempotency-key') continue;
    // `Bearer token`, `Basic base64`, and what stands behind `Signature=` in AWS's header.
    masker.learn(value.replace(/^.*\s(?:Signature=)?/, ''));
  }
}

function baseOf(base: string): URL {
  const url = URL.parse(base);
  invariant(url && /^https?:$/.test(url.protocol), 'a base is an http or https URL');
  invariant(url.username === '' && url.password === '', 'a base carries no user name or password');
  invariant(url.search === '' && url.hash === '', 'a base carries no query');
  return url;
}

/** Joins a path to the base. A whole URL is taken only where it is on the base's own origin. */
function join(base: URL, path: string): URL {
  const isWhole = /^[a-z][a-z0-9+.-]*:\/\//i.test(path);
  const rest = path === '' || path.startsWith('/') || path.startsWith('?') ? path : `/${path}`;
  const url = URL.parse(isWhole ? path : `${base.origin}${base.pathname.replace(/\/+$/, '')}${rest}`);
  invariant(url && url.origin === base.origin, `a call stays on the origin ${base.origin}`);
  invariant(url.username === '' && url.password === '', 'a call carries no user name or password');
  return url;
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  for (const [name, value] of entries) {
    invariant(/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name), 'a header name has only the characters of a token');
    // The value may be a key: it is not repeated in the message.
    invariant(/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value), `the value of the header ${name} is one line`);
  }
  return Object.fromEntries(entries);
}

interface Network {
  transport: Transport;
  close: () => Promise<void>;
}

function inProcess(answer: (request: Request) => Promise<Response>): Network {
  return {
    transport: async ({ method, url, headers, body, signal }) =>
      answer(new Request(url, { method, headers, body, signal, redirect: 'manual' })),
    close: async () => {},
  };
}

function overNetwork(resolve: Resolve): Network {
  const open = createAgent(resolve, false);
  const publicOnly = createAgent(resolve, true);
  return {
    transport: async ({ method, url, headers, body, signal, isPublicOnly }) => {
      const dispatcher = isPublicOnly ? publicOnly : open;
      return await undiciFetch(url, {
        method,
        headers,
        body,
        signal,
        dispatcher,
        redirect: 'manual',
      });
    },
    close: async () => {
      await Promise.all([open.destroy(), publicOnly.destroy()]);
    },
  };
}

function createAgent(resolve: Resolve, isPublicOnly: boolean): Agent {
  return new Agent({
    // One request, one connection: no stream of a shared connection is ever sent again on its own account.
    allowH2: false,
    pipelining: 1,
    connections: CONNECTIONS_PER_ORIGIN_MAX,
    maxOrigins: ORIGINS_MAX,
    connect: { timeout: CONNECT_TIMEOUT_MS, lookup: createLookup(resolve, isPublicOnly) },
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS_MAX,
    // The whole call has its deadline by the Clock.
    headersTimeout: 0,
    bodyTimeout: BODY_IDLE_MS_MAX,
  });
}

/** The HTTP server: limits, headers, errors and documentation around the groups of routes. */

import { lookup } from 'node:dns/promises';
import type { RequestListener, Server as HttpServer } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { invariant, SECOND } from '../core/base.ts';
import { createBodies } from './bodies.ts';
import { IDLE_MAX, IDLE_PER_ADDRESS_MAX, limitIdle } from './connections.ts';
import type { App, Context } from './context.ts';
import { type Extra, mountExtra } from './extra.ts';
import { asset } from './assets.ts';
import { LISTENERS_MAX } from './events.ts';
import { CSP_DOCS, useHeaders } from './headers.ts';
import { createJudge, type Token, useAccess } from './access.ts';
import { answerError, useProblems } from './problem.ts';
import { createRecent } from './recent.ts';
import { createFastPath, type FastPath } from './fast-path.ts';
import { createWaiting, WAITERS_MAX } from './waiting.ts';
import { createWeights } from './weights.ts';
import { auditRoutes } from './routes/audit.ts';
import { lifecycleHeaderRoutes } from './routes/lifecycle-headers.ts';
import { eventRoutes } from './routes/events.ts';
import { flagRoutes } from './routes/flags.ts';
import { freezeRoutes } from './routes/freeze.ts';
import { healthRoutes } from './routes/health.ts';
import { ID_CHARACTERS_MAX } from './routes/ids.ts';
import { outcomeRoutes } from './routes/outcomes.ts';
import { identityRoutes } from './routes/identity.ts';
import { outboxRoutes } from './routes/outbox.ts';
import { pageRoutes } from './routes/page.ts';
import { pinRoutes } from './routes/pins.ts';
import { runRoutes } from './routes/runs.ts';
import { explainRoutes } from './routes/explain.ts';
import { statusRoutes } from './routes/status.ts';
import { weightRoutes } from './routes/weights.ts';

/** For flags; reports of outcomes have a limit of their own. What comes beyond is not read to its end. */
const BODY_BYTES_MAX = 64 * 1024;
const HEADER_BYTES_MAX = 16 * 1024;
/** Room for all long polls, all event streams, idle connections, and requests under way. */
const CONNECTIONS_MAX = 1_000 + IDLE_MAX + WAITERS_MAX + LISTENERS_MAX;
const REQUESTS_PER_SOCKET_MAX = 1_000;
/** Headers are a few hundred bytes; slow senders would hold connections otherwise. */
const HEADERS_MS_MAX = 5 * SECOND;
/** A whole request must have arrived by then. */
const REQUEST_MS_MAX = 15 * SECOND;
/** How often Node looks for requests that are late; its default of 30 s is longer than the limits. */
const LATE_CHECK_EVERY_MS = 1 * SECOND;
/** A connection on which nothing moves is closed, unless the answer is being made. */
const SILENT_SOCKET_MS_MAX = 120 * SECOND;
/** Whoever polls by the minute need not connect anew each time. */
const KEEP_ALIVE_MS = 65 * SECOND;

export interface ServerDeps extends Omit<
  Context,
  'recent' | 'renders' | 'signer' | 'bodies' | 'weights' | 'waiting'
> {
  renders?: Context['renders'];
  signer?: Context['signer'];
  /** Bearer tokens; without any, reads are open and writes are refused. */
  tokens?: readonly Token[];
  /** Host names that requests may name, beside IP addresses and `localhost`. */
  hosts?: readonly string[];
  /** A fetch-style handler for a few prefixes, outside the documented API. */
  extra?: Extra;
}

export interface Server {
  /** Answers a request without a socket. */
  inject: (request: InjectOptions | string) => Promise<LightMyRequestResponse>;
  /** @param port 0 for any free one; the one that was taken is in the answer */
  listen: (port: number, host: string) => Promise<{ port: number; url: string }>;
  /** Stops taking connections and waits for the requests under way. */
  close: () => Promise<void>;
}

export function createServer(deps: ServerDeps): Server {
  const { extra, tokens, hosts, ...given } = deps;
  const judge = createJudge(tokens ?? [], hosts);
  const parts = {
    ...given,
    recent: createRecent(deps),
    renders: deps.renders ?? [],
    signer: deps.signer ?? null,
  };
  const context: Context = {
    ...parts,
    bodies: createBodies(parts),
    weights: createWeights(parts),
    waiting: createWaiting(deps.view, deps.clock),
  };
  const app = createFastify(deps, createFastPath(context, judge));
  deps.metrics.attach({ view: deps.view, store: deps.store });

  useHeaders(app);
  useProblems(app, deps.log);
  useAccess(app, judge, tokens ?? []);
  documentApi(app, deps.version);
  app.after(() => {
    statusRoutes(app, context);
    weightRoutes(app, context);
    eventRoutes(app, context);
    flagRoutes(app, context);
    identityRoutes(app, context);
    explainRoutes(app, context);
    runRoutes(app, context);
    outboxRoutes(app, context);
    outcomeRoutes(app, context);
    pinRoutes(app, context);
    freezeRoutes(app, context);
    auditRoutes(app, context);
    lifecycleHeaderRoutes(app, context);
    healthRoutes(app, context);
    pageRoutes(app, context);
    if (extra) mountExtra(app, extra);
  });
  return {
    inject: (request) => app.inject(request),
    listen: async (port, host) => {
      // For this one name fastify starts a second server, without our limits.
      const address = host === 'localhost' ? (await lookup(host)).address : host;
      const url = await app.listen({ port, host: address });
      app.server.maxConnections = CONNECTIONS_MAX;
      // Nobody's first request waits until the runs of all targets are read.
      void context.recent.runs();
      return { port: portOf(app) ?? port, url };
    },
    close: () => app.close(),
  };
}

function createFastify(deps: ServerDeps, fastPath: FastPath): App {
  const app: App = fastify({
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_MS_MAX,
      connectionsCheckingInterval: LATE_CHECK_EVERY_MS,
    },
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: SILENT_SOCKET_MS_MAX,
    maxRequestsPerSocket: REQUESTS_PER_SOCKET_MAX,
    logger: false,
    schemaController: { compilersFactory: { buildValidator: unasked, buildSerializer: unasked } },
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: 'idle',
    // An encoded character takes up to twelve places: %F0%9F%98%80.
    routerOptions: { maxParamLength: 12 * ID_CHARACTERS_MAX, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply, deps.log);
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  limitIdle(app.server, { perAddressMax: IDLE_PER_ADDRESS_MAX, max: IDLE_MAX });
  answerFirst(app.server, fastPath);
  return app;
}

/** Every request is offered to the fast path before fastify sees it. */
function answerFirst(server: HttpServer, fastPath: FastPath): void {
  const [onward] = server.listeners('request') as RequestListener[];
  invariant(onward !== undefined, 'fastify listens to its own server');
  server.off('request', onward);
  server.on('request', (request, response) => fastPath(request, response, () => onward(request, response)));
}

/** In place of fastify's own compilers, which it would load unasked: all our schemas are zod's. */
function unasked(): never {
  throw new Error('every schema is compiled by zod');
}

function documentApi(app: App, version: string): void {
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'reelwatch',
        description: 'What is known about the video providers under watch.',
        version,
      },
      servers: [],
      tags: [
        { name: 'status', description: 'For routers and people' },
        { name: 'flags', description: 'OpenFeature remote evaluation' },
        { name: 'runs', description: 'Canaries that were run' },
        { name: 'outcomes', description: "What users' jobs came to" },
        { name: 'operate', description: 'What people say about weights, and the audit' },
        { name: 'delivery', description: 'Messages and pushes' },
        { name: 'health', description: 'About reelwatch itself' },
      ],
    },
    transform: jsonSchemaTransform,
  });
  void app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: CSP_DOCS,
    theme: { title: 'reelwatch API' },
    logo: { type: 'image/svg+xml', content: asset('icon.svg'), href: '/' },
    uiConfig: { deepLinking: true, tryItOutEnabled: true },
  });
}

function portOf(app: App): number | null {
  const address = app.server.address();
  return address !== null && typeof address === 'object' ? address.port : null;
}

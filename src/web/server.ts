/** The HTTP server: limits, headers, errors and documentation around the groups of routes. */

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { SECOND } from '../core/base.ts';
import type { App, Context } from './context.ts';
import { type Extra, mountExtra } from './extra.ts';
import { asset } from './assets.ts';
import { CSP_DOCS, useHeaders } from './headers.ts';
import { answerError, useProblems } from './problem.ts';
import { createRecent } from './recent.ts';
import { healthRoutes } from './routes/health.ts';
import { ID_CHARACTERS_MAX } from './routes/ids.ts';
import { outcomeRoutes } from './routes/outcomes.ts';
import { outboxRoutes } from './routes/outbox.ts';
import { pageRoutes } from './routes/page.ts';
import { runRoutes } from './routes/runs.ts';
import { explainRoutes } from './routes/explain.ts';
import { statusRoutes } from './routes/status.ts';

/** Only reports of outcomes bring a body, with a limit of their own; what else comes is not read to its end. */
const BODY_BYTES_MAX = 64 * 1024;
const HEADER_BYTES_MAX = 16 * 1024;
const CONNECTIONS_MAX = 1_000;
const REQUESTS_PER_SOCKET_MAX = 1_000;
/** A whole request must have arrived by then; slow senders would hold connections otherwise. */
const REQUEST_MS_MAX = 15 * SECOND;
/** A connection on which nothing moves is closed, unless the answer is being made. */
const SILENT_SOCKET_MS_MAX = 120 * SECOND;
const KEEP_ALIVE_MS = 10 * SECOND;

export interface ServerDeps extends Omit<Context, 'recent'> {
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
  const { extra, ...given } = deps;
  const app = createFastify(deps);
  const context: Context = { ...given, recent: createRecent(deps) };
  deps.metrics.attach({ view: deps.view, store: deps.store });

  useHeaders(app);
  useProblems(app, deps.log);
  documentApi(app, deps.version);
  app.after(() => {
    statusRoutes(app, context);
    explainRoutes(app, context);
    runRoutes(app, context);
    outboxRoutes(app, context);
    outcomeRoutes(app, context);
    healthRoutes(app, context);
    pageRoutes(app, context);
    if (extra) mountExtra(app, extra);
  });
  return {
    inject: (request) => app.inject(request),
    listen: async (port, host) => {
      const url = await app.listen({ port, host });
      app.server.maxConnections = CONNECTIONS_MAX;
      return { port: portOf(app) ?? port, url };
    },
    close: () => app.close(),
  };
}

function createFastify(deps: ServerDeps): App {
  const app = fastify({
    logger: false,
    schemaController: { compilersFactory: { buildValidator: unasked, buildSerializer: unasked } },
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    connectionTimeout: SILENT_SOCKET_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxRequestsPerSocket: REQUESTS_PER_SOCKET_MAX,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: REQUEST_MS_MAX },
    // An encoded character takes up to twelve places: %F0%9F%98%80.
    routerOptions: { maxParamLength: 12 * ID_CHARACTERS_MAX, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply, deps.log);
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  return app;
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
        { name: 'runs', description: 'Canaries that were run' },
        { name: 'outcomes', description: "What users' jobs came to" },
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

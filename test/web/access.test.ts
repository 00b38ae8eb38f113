import { afterEach, expect, it } from 'vitest';
import { RENDERS } from '../../src/routers/render/index.ts';
import { createJudge, type Scope, SCOPES, type Token } from '../../src/web/access.ts';
import type { Server } from '../../src/web/server.ts';
import { createWorld } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function serve(tokens: readonly Token[] = []): Server {
  const server = createWorld().server(undefined, { renders: RENDERS, tokens });
  servers.push(server);
  return server;
}

const tokenOf = (scope: Scope): Token => ({ name: scope, token: `token-for-${scope}-only`, scopes: [scope] });
const ALL = SCOPES.map(tokenOf);
const ROUTES: [method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, scope: Scope | 'open'][] = [
  ['GET', '/', 'read'],
  ['GET', '/v1/page', 'read'],
  ['GET', '/v1/status', 'read'],
  ['GET', '/v1/weights/t2v.default', 'read'],
  ['GET', '/v1/render/order/t2v.default', 'read'],
  ['GET', '/v1/explain?target=runway%2Fgen4.5', 'read'],
  ['GET', '/v1/explain/t2v.default/runway%2Fgen4.5', 'read'],
  ['GET', '/v1/targets/runway%2Fgen4.5', 'read'],
  ['GET', '/v1/runs', 'read'],
  ['GET', '/v1/runs/x', 'read'],
  ['GET', '/v1/runs/x/frame', 'read'],
  ['GET', '/v1/outbox', 'read'],
  ['GET', '/runs/x', 'read'],
  ['GET', '/targets/x', 'read'],
  ['GET', '/metrics', 'read'],
  ['GET', '/docs/json', 'read'],
  ['GET', '/nothing', 'read'],
  ['POST', '/v1/status', 'read'],
  ['POST', '/ofrep/v1/evaluate/flags', 'read'],
  ['POST', '/ofrep/v1/evaluate/flags/t2v.default', 'read'],
  ['POST', '/v1/outcomes', 'report'],
  ['GET', '/v1/audit', 'read'],
  ['GET', '/v1/pins', 'read'],
  ['PUT', '/v1/pins/t2v.default/x', 'operate'],
  ['DELETE', '/v1/pins/t2v.default/x', 'operate'],
  ['GET', '/v1/freeze', 'read'],
  ['PUT', '/v1/freeze', 'operate'],
  ['DELETE', '/v1/freeze', 'operate'],
  ['PUT', '/v1/freeze/t2v.default', 'operate'],
  ['DELETE', '/v1/freeze/t2v.default', 'operate'],
  ['GET', '/healthz', 'open'],
  ['GET', '/readyz', 'open'],
  ['GET', '/assets/page.js', 'open'],
  ['GET', '/.well-known/reelwatch.json', 'open'],
];

it.each(ROUTES)('asks for %s %s the scope %s, and takes no other', async (method, url, scope) => {
  const server = serve(ALL);
  const none = await server.inject({ method, url });
  const statuses = await Promise.all(
    ALL.map(async ({ token }) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await server.inject({ method, url, headers })).statusCode;
    }),
  );

  expect(none.statusCode === 401).toBe(scope !== 'open');
  const refused = SCOPES.filter((_, i) => statuses[i] === 403);
  expect(refused).toEqual(scope === 'open' ? [] : SCOPES.filter((one) => one !== scope));
  expect(statuses).not.toContain(401);
});

it('has every route of the documentation in the table above', async () => {
  const { paths } = (await serve().inject('/docs/json')).json<{ paths: Record<string, object> }>();
  const known = ROUTES.map(([method, url]) => `${method} ${url.split('?')[0] ?? ''}`);
  const missing = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).filter((method) => {
      const pattern = new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`, 'i');
      return !known.some((one) => pattern.test(one));
    }),
  );

  // A stream does not end, so it has a test of its own.
  expect(missing).toEqual(['get']);
  expect((await serve(ALL).inject('/v1/events')).statusCode).toBe(401);
});

const HERE = { headers: { host: '127.0.0.1:8780' }, address: '127.0.0.1' };
const REPORTER = tokenOf('report');

it.each<[string, Parameters<ReturnType<typeof createJudge>>[0], boolean]>([
  ['a program on this machine', HERE, true],
  ['one that writes localhost', { ...HERE, headers: { host: 'localhost:8780' } }, true],
  ['one by IPv6', { headers: { host: '[::1]:8780' }, address: '::1' }, true],
  ['one whose address is mapped', { ...HERE, address: '::ffff:127.0.0.1' }, true],
  ['our own page', { ...HERE, headers: { host: 'localhost:1', origin: 'http://localhost:1' } }, true],
  ['another machine', { ...HERE, address: '192.0.2.7' }, false],
  ['nobody', { ...HERE, address: undefined }, false],
  ['a proxy', { ...HERE, headers: { ...HERE.headers, 'x-forwarded-for': '192.0.2.7' } }, false],
  [
    'a page of another site',
    { ...HERE, headers: { ...HERE.headers, origin: 'https://evil.example' } },
    false,
  ],
  ['a name that now points here', { ...HERE, headers: { host: 'evil.example:8780' } }, false],
])('lets without tokens %s operate, or not', (_who, asked, isAllowed) => {
  const judge = createJudge([]);

  expect(judge(asked, 'operate') === null).toBe(isAllowed);
  expect(judge(asked, 'report') === null).toBe(isAllowed);
  expect(judge(asked, 'read')).toBeNull();
});

it('leaves reading open until a token is for reading, and nothing else once there is any token', () => {
  const judge = createJudge([REPORTER]);

  expect(judge(HERE, 'read')).toBeNull();
  expect(judge(HERE, 'report')?.status).toBe(401);
  expect(judge(HERE, 'operate')?.status).toBe(401);
  expect(createJudge([tokenOf('read')])(HERE, 'read')?.status).toBe(401);
});

it.each([
  ['', 401],
  ['Bearer', 401],
  ['Bearer wrong-token-altogether', 401],
  [`Bearer ${tokenOf('read').token}x`, 401],
  [`Bearer ${tokenOf('read').token.slice(0, -1)}`, 401],
  [`bearer ${tokenOf('read').token}`, null],
  [`Basic ${btoa(`anybody:${tokenOf('read').token}`)}`, null],
  [`Basic ${btoa('anybody:wrong')}`, 401],
  [`Bearer ${REPORTER.token}`, 403],
])('judges for reading: %s', (authorization, status) => {
  const headers = { ...HERE.headers, authorization };

  expect(createJudge(ALL)({ ...HERE, headers }, 'read')?.status ?? null).toBe(status);
});

it('takes no password for what changes something, because browsers send it unasked', () => {
  const headers = { ...HERE.headers, authorization: `Basic ${btoa(`x:${tokenOf('operate').token}`)}` };

  expect(createJudge(ALL)({ ...HERE, headers }, 'operate')).toMatchObject({ status: 401 });
});

it('says in a problem and in a challenge what is missing, and never the token', async () => {
  const server = serve(ALL);
  const none = await server.inject('/v1/status');
  const other = await server.inject({
    url: '/v1/status',
    headers: { authorization: `Bearer ${REPORTER.token}` },
  });

  expect(none.headers['content-type']).toContain('application/problem+json');
  expect(none.headers['www-authenticate']).toContain('Basic realm="reelwatch"');
  expect(other.headers['www-authenticate']).toContain('error="insufficient_scope", scope="read"');
  expect(none.body + other.body).not.toContain('token-for');
});

it('tells by its token who reports', async () => {
  const world = createWorld();
  const server = world.server(undefined, { tokens: ALL });
  servers.push(server);
  const payload = { target: 'runway/gen4.5', outcome: 'ok', at: '2026-11-21T11:59:00Z', job: 'j' };
  const headers = { authorization: `Bearer ${REPORTER.token}` };
  await server.inject({ method: 'POST', url: '/v1/outcomes', headers, payload });

  expect(world.told.map(({ sender }) => sender)).toEqual(['report']);
});

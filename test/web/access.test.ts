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
  ['GET', '/v1/lifecycle-headers', 'read'],
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

const HERE = { headers: { host: '127.0.0.1:8780' } };
const REPORTER = tokenOf('report');

it.each(['operate', 'report'] as const)(
  'asks for a token for %s, also of a program on this machine',
  (scope) => {
    const judge = createJudge([tokenOf(scope)]);
    const headers = { ...HERE.headers, authorization: `Bearer ${tokenOf(scope).token}` };

    expect(judge(HERE, scope)?.status).toBe(401);
    expect(createJudge([])(HERE, scope)?.status).toBe(401);
    expect(judge({ headers }, scope)).toBeNull();
    expect(judge(HERE, 'read')).toBeNull();
  },
);

it('takes no write from a reverse proxy that passes the address and the host of this machine', async () => {
  const server = serve();
  const url = '/v1/freeze';
  const answer = await server.inject({
    method: 'PUT',
    url,
    headers: { host: '127.0.0.1' },
    payload: { reason: 'x' },
  });

  expect(answer.statusCode).toBe(401);
});

it.each<[string | undefined, boolean]>([
  ['127.0.0.1:8780', true],
  ['localhost', true],
  ['LOCALHOST:8780', true],
  ['[::1]:8780', true],
  ['10.1.2.3:8780', true],
  ['reelwatch.example.com', true],
  ['Reelwatch.Example.Com.:443', true],
  [undefined, true],
  ['evil.example', false],
  ['reelwatch.example.com.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['localhost:8780, evil.example', false],
  ['[evil.example]', false],
])('answers to the host %s: %s', (host, isKnown) => {
  const judge = createJudge([], ['reelwatch.example.com']);
  const refusal = judge({ headers: host === undefined ? {} : { host } }, 'read');

  expect(refusal?.status).toBe(isKnown ? undefined : 421);
});

it('answers to no unknown host after a known one', () => {
  const judge = createJudge([], ['reelwatch.example.com']);
  const asked = ['localhost', 'evil.example', 'reelwatch.example.com', 'evil.example', 'localhost'];

  const statuses = asked.map((host) => judge({ headers: { host } }, 'read')?.status);

  expect(statuses).toEqual([undefined, 421, undefined, 421, undefined]);
});

it('refuses an unknown host on the short path of pollers, too, and not for health checks', async () => {
  const server = serve();
  const headers = { host: 'evil.example' };
  const statuses = await Promise.all(
    ['/v1/status', '/v1/weights/t2v.default', '/', '/metrics', '/healthz'].map(
      async (url) => (await server.inject({ url, headers })).statusCode,
    ),
  );

  expect(statuses).toEqual([421, 421, 421, 421, 200]);
});

it('leaves reading open until a token is for reading, and nothing else', () => {
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

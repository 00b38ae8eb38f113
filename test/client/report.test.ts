import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ClientOptions, type Outcome, type Problem, createClient } from '../../src/client/index.ts';
import { BATCH_MAX, OUTCOMES_MAX } from '../../src/client/report.ts';
import { NOW, ROUTES } from './samples.ts';
import { type FakeReelwatch, TOKEN, startReelwatch } from './server.ts';

function aClient(url: string, more: Partial<ClientOptions<'t2v'>> = {}) {
  const problems: Problem[] = [];
  const onProblem = (problem: Problem) => void problems.push(problem);
  const client = createClient({
    url,
    token: TOKEN,
    routes: ROUTES,
    now: () => NOW,
    onProblem,
    flushEveryMs: 3_600_000,
    ...more,
  });
  onTestFinished(() => client.stop());
  return { ...client, problems };
}

function linesOf(reelwatch: FakeReelwatch): Record<string, unknown>[] {
  const bodies = reelwatch.askedFor('/v1/outcomes').map(({ body }) => body.trimEnd().split('\n'));
  return bodies.flat().map((line) => JSON.parse(line) as Record<string, unknown>);
}

const OK: Outcome = { target: 'kling', outcome: 'ok' };

describe('outcomes', () => {
  it('are sent as lines of JSON, with what is known of them', async () => {
    const reelwatch = await startReelwatch();
    const client = aClient(reelwatch.url);
    client.report({
      target: 'kling',
      outcome: 'failed',
      cause: 'server',
      latencyMs: 1234.5,
      at: NOW - 5000,
      job: 'j1',
      reporter: 'u7',
    });
    client.report(OK);
    expect(reelwatch.asked).toEqual([]);

    await client.flush();

    expect(linesOf(reelwatch)).toEqual([
      {
        target: 'kling',
        outcome: 'failed',
        cause: 'server',
        latency_ms: 1235,
        at: '2026-11-21T19:39:55.000Z',
        job: 'j1',
        reporter: 'u7',
      },
      { target: 'kling', outcome: 'ok', at: '2026-11-21T19:40:00.000Z' },
    ]);
    expect(reelwatch.asked[0]).toMatchObject({
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
    });
  });

  it('go out by themselves after a while, and once more where that failed', async () => {
    const reelwatch = await startReelwatch();
    let refused = 0;
    reelwatch.instead = (_, response) => refused++ < 1 && response.writeHead(503).end() !== null;
    const client = aClient(reelwatch.url, {
      // Every wait passes at once, but for the time limit of a request.
      sleep: (ms, signal) =>
        ms === 5000
          ? new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
          : Promise.resolve(),
    });
    client.report(OK);

    await vi.waitFor(() => expect(reelwatch.askedFor('/v1/outcomes')).toHaveLength(2));
    expect(linesOf(reelwatch)).toHaveLength(2);
    expect(client.state().outcomesLost).toBe(0);
  });

  it('go out with the end of the client, which takes no more', async () => {
    const reelwatch = await startReelwatch();
    const client = aClient(reelwatch.url);
    client.report(OK);

    await client.stop();
    client.report(OK);
    await client.flush();

    expect(linesOf(reelwatch)).toHaveLength(1);
    expect(client.state().outcomesLost).toBe(1);
  });

  it('go out in batches of a bounded size, in their order', async () => {
    const reelwatch = await startReelwatch();
    const client = aClient(reelwatch.url);
    for (let nth = 0; nth <= BATCH_MAX; nth++) client.report({ ...OK, job: `job-${nth}` });

    await Promise.all([client.flush(), client.flush()]);

    const sizes = reelwatch.askedFor('/v1/outcomes').map(({ body }) => body.trimEnd().split('\n').length);
    expect(sizes).toEqual([BATCH_MAX, 1]);
    expect(linesOf(reelwatch).map(({ job }) => job)).toEqual(
      Array.from({ length: BATCH_MAX + 1 }, (_, nth) => `job-${nth}`),
    );
  });

  it.each<[string, FakeReelwatch['instead']]>([
    ['is overrun', (_, response) => response.writeHead(429, { 'retry-after': '1' }).end() !== null],
    ['is ill', (_, response) => response.writeHead(500).end() !== null],
    ['breaks the connection', (request) => request.socket.destroy() !== null],
    ['never answers', () => true],
  ])('are kept while reelwatch %s', async (_, instead) => {
    const reelwatch = await startReelwatch();
    const client = aClient(reelwatch.url, { timeoutMs: 300 });
    client.report({ ...OK, job: 'a' });
    reelwatch.instead = instead;
    await client.flush();
    client.report({ ...OK, job: 'b' });

    reelwatch.instead = () => false;
    reelwatch.asked.length = 0;
    await client.flush();

    expect(linesOf(reelwatch).map(({ job }) => job)).toEqual(['a', 'b']);
    expect(client.state().outcomesLost).toBe(0);
  });

  it.each([400, 401, 403, 413, 302])(
    'are given up where reelwatch will not have them (%i)',
    async (status) => {
      const reelwatch = await startReelwatch();
      const client = aClient(reelwatch.url);
      reelwatch.instead = (_, response) => response.writeHead(status).end() !== null;
      client.report(OK);
      client.report(OK);
      await client.flush();
      await client.flush();

      expect(reelwatch.asked).toHaveLength(1);
      expect(client.state().outcomesLost).toBe(2);
      expect(client.problems).toEqual([
        { code: 'not_reported', message: `2 lost: /v1/outcomes answered ${status}` },
      ]);
    },
  );

  it('are lost, the oldest first, where too many are waiting', async () => {
    const reelwatch = await startReelwatch();
    reelwatch.instead = (_, response) => response.writeHead(503).end() !== null;
    const client = aClient(reelwatch.url);
    for (let nth = 0; nth < OUTCOMES_MAX + 10; nth++) client.report({ ...OK, job: String(nth) });
    expect(client.state().outcomesLost).toBe(10);
    const flushed = client.flush();
    for (let nth = 0; nth < 20; nth++) client.report({ ...OK, job: `late ${nth}` });
    await flushed;

    reelwatch.instead = () => false;
    reelwatch.asked.length = 0;
    await client.flush();

    const jobs = linesOf(reelwatch).map(({ job }) => job);
    expect(jobs).toHaveLength(OUTCOMES_MAX);
    expect([jobs[0], jobs.at(-1)]).toEqual(['30', 'late 19']);
    expect(client.state().outcomesLost).toBe(30);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a target that is a number', { target: 7, outcome: 'ok' }],
    ['no outcome', { target: 'kling' }],
    ['a cause that is a symbol', { ...OK, cause: Symbol('no') }],
    ['no time', { ...OK, at: Number.NaN }],
    ['a latency that no JSON can hold', { ...OK, latencyMs: 1n }],
    ['a target that is too long', { ...OK, target: 'x'.repeat(401) }],
    ['a cause that is too long', { ...OK, cause: 'x'.repeat(201) }],
  ])('that are %s are lost without a throw', async (_, outcome) => {
    const reelwatch = await startReelwatch();
    const client = aClient(reelwatch.url);

    client.report(outcome as Outcome);
    await client.flush();

    expect(reelwatch.asked).toEqual([]);
    expect(client.state().outcomesLost).toBe(1);
  });

  it('are counted as lost where reelwatch refuses single ones', async () => {
    const reelwatch = await startReelwatch();
    const client = aClient(reelwatch.url);
    const answer = { accepted: 1, refused: [{ line: 2, reason: 'unknown target' }], refused_count: 1 };
    reelwatch.instead = (_, response) => response.writeHead(207).end(JSON.stringify(answer)) !== null;
    client.report(OK);
    client.report({ ...OK, target: 'nobody', latencyMs: -3 });
    await client.flush();
    await client.flush();

    expect(linesOf(reelwatch).map((line) => line['latency_ms'])).toEqual([undefined, 0]);
    expect(client.problems).toEqual([{ code: 'not_reported', message: '1 lost: refused: unknown target' }]);
    expect(client.state().outcomesLost).toBe(1);
  });

  it.each(['', 'taken', '[]', 'null', '{"refused_count":"many"}', ' '.repeat(70_000)])(
    'are taken where the answer is taken, whatever it says',
    async (body) => {
      const reelwatch = await startReelwatch();
      const client = aClient(reelwatch.url);
      reelwatch.instead = (_, response) => response.writeHead(200).end(body) !== null;
      client.report(OK);
      await client.flush();
      await client.flush();

      expect(reelwatch.asked).toHaveLength(1);
      expect(client.state().outcomesLost).toBe(0);
    },
  );
});

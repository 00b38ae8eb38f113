import { expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetState } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import { createWorld, START } from './world.ts';

const KLING = 'kling/kling-2.5-turbo';

/** The state after these canaries, a minute apart. */
function after(verdicts: readonly ('pass' | 'fail')[]): TargetState {
  return verdicts.reduce(
    (state, is, n) => {
      const at = START - (verdicts.length - n) * MINUTE;
      const verdict =
        is === 'pass'
          ? ({ is, text: 'good video' } as const)
          : ({ is, cause: 'unavailable', blame: 'provider', text: 'answered 503' } as const);
      const event = { type: 'run.judged', at, runId: `${KLING}@${at}`, verdict, totalMs: 60_000 } as const;
      return reduce(state, event, DEFAULT_POLICY).state;
    },
    freshState(KLING, START - 60 * MINUTE),
  );
}

async function ask(world: ReturnType<typeof createWorld>, target: string) {
  const answer = await world.server().inject(`/v1/explain?target=${encodeURIComponent(target)}`);
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

it('says why a target is believed to be down, and what moved that belief', async () => {
  const world = createWorld();
  world.set(KLING, after(['pass', 'fail', 'fail', 'fail']));

  const { status, body } = await ask(world, KLING);

  expect(status).toBe(200);
  expect(body).toMatchObject({ target: KLING, state: 'down' });
  expect(body['fault']).toBeGreaterThan(0.75);
  expect(body['sentences']).toContainEqual(
    expect.stringMatching(/^3 of 3 canaries bad since .*answered 503/),
  );
  expect(body['signs']).toMatchObject([
    { what: 'canary failed', text: 'answered 503' },
    { what: 'canary failed' },
    { what: 'canary failed' },
    { what: 'canary good' },
  ]);
});

it('says that nothing has been seen yet', async () => {
  const { status, body } = await ask(createWorld(), KLING);

  expect(status).toBe(200);
  expect(body).toMatchObject({ fault: 0, sentences: ['nothing has been seen of it yet'], signs: [] });
});

it('knows only targets that are configured', async () => {
  expect((await ask(createWorld(), 'nobody/none')).status).toBe(404);
});

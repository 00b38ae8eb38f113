import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createJob, readJob } from '../../src/simulator/jobs.ts';
import { createStreams, logNormal } from '../../src/simulator/random.ts';
import { KLING, RUNWAY, createBench, order } from './tools.ts';

const ordered = { provider: 'fal', width: 832, height: 480, seconds: 2, costUsd: 0.136, prompt: '' } as const;

it('reads back every job from its id', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string({ maxLength: 60 }), fc.nat(2e12), (seed, model, now) => {
      const draw = createStreams(seed)('x');
      const job = createJob({
        ordered: { ...ordered, model },
        now,
        draw,
        speed: 1,
        factor: 1,
        outcome: 'failed',
        video: 'short',
      });

      expect(readJob(job.id)).toEqual(job);
      expect(job).toMatchObject({ model, createdAt: now, outcome: 'failed', video: 'short' });
      expect(job.startsAt).toBeGreaterThan(now);
      expect(job.readyAt).toBeGreaterThan(job.startsAt);
    }),
  );
});

it('does not know ids that it never gave out', () => {
  const draw = createStreams(1)('x');
  const { id } = createJob({
    ordered: { ...ordered, model: 'm' },
    now: 5,
    draw,
    speed: 1,
    factor: 1,
    outcome: 'ok',
    video: 'good',
  });
  const changed = (id.startsWith('W') ? 'X' : 'W') + id.slice(1);

  expect([changed, id.slice(0, -1), `${id}0`, '', '../etc', 'x'.repeat(1000)].map(readJob)).toEqual(
    Array(6).fill(null),
  );
});

it('does not find a job at another provider', async () => {
  const bench = createBench();
  const accepted = await order(bench, RUNWAY);

  const polled = await bench.call('GET', `/kling/tasks?task_ids=${accepted.body.id}`, {
    headers: KLING.headers,
  });

  expect(polled.body.code).toBe(1203);
});

it('tells the same story for the same seed, and another for another', async () => {
  const story = async (seed: number) => {
    const bench = createBench({ seed });
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await order(bench, RUNWAY)).body.id);
    return ids;
  };

  expect(await story(7)).toEqual(await story(7));
  expect(await story(7)).not.toEqual(await story(8));
});

it('does not let one model change the story of another', async () => {
  const [alone, together] = [createBench(), createBench()];
  await order(together, KLING);

  expect((await order(alone, RUNWAY)).body.id).toBe((await order(together, RUNWAY)).body.id);
});

it('draws log-normal numbers around their median', () => {
  const draw = createStreams(3)('x');
  const drawn = Array.from({ length: 2001 }, () => logNormal(draw, 100, 0.3)).sort((a, b) => a - b);

  expect(drawn[1000]).toBeGreaterThan(95);
  expect(drawn[1000]).toBeLessThan(105);
  expect(drawn[0]).toBeGreaterThanOrEqual(100 * Math.exp(-0.75));
  expect(drawn[2000]).toBeLessThanOrEqual(100 * Math.exp(0.75));
});

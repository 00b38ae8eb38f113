import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { after } from '../web/beliefs.ts';
import { traceOf, verdictOf } from '../web/records.ts';
import { families } from '../web/exposition.ts';
import { createWorld, START, TARGETS, type World } from '../web/world.ts';

/** An exposition in which every metric has at least one sample. */
async function exposition(): Promise<string> {
  const world: World = createWorld();
  const { metrics } = world;
  metrics.attach(world);
  world.funds.set('kling', { usd: 12.5, daysLeft: 4 });
  for (const target of TARGETS) {
    metrics.runEnded({
      target,
      trace: traceOf('r', target, START, START + 42_000),
      verdict: verdictOf('pass'),
    });
    metrics.runEnded({ target, trace: traceOf('r', target, START, START + 9), verdict: verdictOf('fail') });
    metrics.checked({ target, verdict: verdictOf('pass'), tookMs: 90, balanceUsd: 12.5 });
    metrics.runSkipped({ target, why: 'busy' });
  }
  metrics.reported({ taken: [{ target: TARGETS[0] ?? '', outcome: 'ok', count: 3 }], refused: [] });
  metrics.delivered({ channel: 'slack', outcome: 'done', tookMs: 120 });
  metrics.pushed({ sink: 'haproxy', outcome: 'applied', tookMs: 4 });
  world.set(TARGETS[0] ?? '', after(TARGETS[0] ?? '', ['pass', 'fail']));
  world.pushes = [
    { sink: 'haproxy', route: 't2v.default', desired: 3, applied: 2, state: 'due', error: null, drift: null },
  ];
  const { body } = await metrics.render();
  metrics.close();
  return body;
}

/** What `promtool check metrics` says about a text; null where there is no promtool. */
function promtool(text: string): { status: number | null; said: string } | null {
  const done = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return done.error ? null : { status: done.status, said: done.stdout + done.stderr };
}

it('passes promtool check metrics without a word', async () => {
  const text = await exposition();

  const empty = families(text).filter(({ samples }) => samples.length === 0);
  expect(empty).toEqual([]);
  const checked = promtool(text);
  if (!checked && process.env['CI'] === 'true')
    throw new Error('promtool is not on the PATH: install it with `apt-get install prometheus`');
  expect(checked ?? { status: 0, said: '' }).toEqual({ status: 0, said: '' });
});

it('would notice a metric that promtool refuses', async () => {
  const text = `${await exposition()}# HELP reelwatch_wrong_total a\n# TYPE reelwatch_wrong_total gauge\nreelwatch_wrong_total 1\n`;

  expect(() => families(text)).toThrow(/do not fit/);
  expect(promtool(text)?.status ?? 3).not.toBe(0);
});

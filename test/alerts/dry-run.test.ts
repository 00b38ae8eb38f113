import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { expect, it } from 'vitest';
import { slackMessage } from '../../src/alerts/format/slack.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Target, TargetState } from '../../src/core/model.ts';
import type { Route } from '../../src/core/route.ts';
import { storiesOf } from '../../src/core/stories.ts';
import { detectedAt, opened, target } from './stories.ts';

const luma: Target = { id: 'luma/ray-3', provider: 'luma', model: 'ray-3', region: null };

function route(id: string, mode: Route['mode']): Route {
  const capability = {
    task: 'text-to-video' as const,
    durationsS: [5],
    aspectRatios: [],
    resolutions: [],
    audio: false,
  };
  const members = [
    { target: target.id, baseWeight: 50 },
    { target: luma.id, baseWeight: 50 },
  ];
  return { id, mode, capability, members, policy: DEFAULT_ROUTING, fallbackContent: [] };
}

it('says of each route whether its routers were moved, from the decision to the message', () => {
  const before: TargetState = { ...freshState(target.id, detectedAt), health: 'suspect' };
  const states = new Map([
    [target.id, { ...before, health: 'down' as const }],
    [luma.id, { ...freshState(luma.id, detectedAt), health: 'healthy' as const }],
  ]);
  const [story] = storiesOf(target, [opened()], {
    targets: [target, luma],
    routes: [route('t2v.live', 'enforce'), route('t2v.tried', 'dry_run')],
    states,
    before,
    closedRun: null,
    isPictured: false,
    plans: new Map(),
    pageUrl: 'https://watch.example',
    links: { dashboard: null, runbook: null },
  });
  if (!story) throw new Error('there is no story');

  const { text, blocks } = slackMessage({ stories: [story] }, { mention: null, frames: false });

  expect(JSON.stringify(blocks)).toMatch(
    /t2v\.live: [^\\]*\\nt2v\.tried: [^\\]* _\(dry run: routers were not moved\)_/,
  );
  expect(text).toMatch(/t2v\.live: [^;()]*; t2v\.tried: [^;]* \(dry run\)\./);
});

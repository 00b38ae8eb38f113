/** What a step of a target has to tell, for each channel that hears of it; written in the same commit. */

import type { Step } from '../core/effect.ts';
import type { TargetState } from '../core/model.ts';
import type { Route, RoutePlan } from '../core/route.ts';
import { storiesOf } from '../core/stories.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { Commit } from '../ports/store.ts';
import type { Board } from './board.ts';

/** A step of a target, with the routes that it is in. */
export interface Taken {
  setting: TargetSetting;
  routes: readonly Route[];
  before: TargetState;
  step: Step;
  closesRun: Commit['closesRun'];
}

/** @param plans what routers are told by the same commit, beside what they were told before */
export function notificationsOf(
  { board, settings }: { board: Board; settings: Settings },
  { setting, routes, before, step, closesRun }: Taken,
  plans: readonly RoutePlan[],
): Commit['outbox'] {
  // Most steps have nothing to tell, and only a notification needs to know how all the others fare.
  if (step.effects.length === 0) return [];
  const { id, version } = step.state;
  const told = storiesOf(setting.target, step.effects, {
    targets: settings.targets.map(({ target }) => target),
    routes,
    states: new Map(board.states()).set(id, step.state),
    plans: new Map([...board.plans(), ...plans.map((plan) => [plan.route, plan] as const)]),
    before,
    pageUrl: settings.publicUrl,
    closedRun: closesRun?.runId ?? null,
    isPictured: Boolean(closesRun?.frameJpegBase64),
    links: setting.links,
  });
  return told.flatMap((story, n) =>
    settings.channels
      .filter(({ channel }) => channel.hears(story.effect))
      .map(({ id: channel }) => ({
        key: `${id}#${version}.${n}/${channel}`,
        channel,
        target: id,
        story,
        dueAt: story.effect.at,
      })),
  );
}

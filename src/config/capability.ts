/** Whether a route's targets can do the route's kind of job, by what is known of their models. */

import type { ModelFacts, Models } from '../providers/define.ts';
import type { Complaint } from './complaints.ts';
import type { FileOptions } from './schema.ts';
import { targetIdOf } from './watching.ts';

type Capability = FileOptions['routes'][number]['capability'];

/** A complaint for each target of a route that cannot do all that the route promises, naming what it cannot. */
export function checkCapabilities(
  { routes, targets }: FileOptions,
  modelsOf: (provider: string) => Models | undefined,
): Complaint[] {
  // Two targets may not have one id; where they do, another complaint says so.
  const byId = new Map(targets.map((target) => [targetIdOf(target), target]));
  return routes.flatMap((route, i) =>
    route.targets.flatMap(({ target: id }, j): Complaint[] => {
      const wanted = byId.get(id);
      const models = wanted === undefined ? undefined : modelsOf(wanted.provider);
      if (wanted === undefined || models === undefined || !Object.hasOwn(models, wanted.model)) return [];
      const facts = models[wanted.model];
      const lacks = facts === undefined ? [] : lacksOf(route.capability, facts);
      if (lacks.length === 0) return [];
      const text = `${id} cannot do what ${route.id} promises: ${lacks.join('; ')}`;
      return [{ path: ['routes', i, 'targets', j, 'target'], text }];
    }),
  );
}

/** What a model cannot do, one phrase for each option of the capability. */
function lacksOf(wanted: Capability, facts: ModelFacts): string[] {
  const { tasks = ['text-to-video'], seconds, sizes, audio } = facts;
  const durations = wanted.durations.filter((duration) => !seconds.includes(duration));
  const names = Object.keys(sizes);
  const resolutions = wanted.resolutions.filter((asked) => !names.some((name) => isSize(facts, name, asked)));
  const aspects = wanted.aspects.filter((aspect) => !hasAspect(wanted.resolutions, aspect, facts));
  return [
    ...(tasks.includes(wanted.task) ? [] : [`task ${wanted.task} (only ${tasks.join(', ')})`]),
    ...(durations.length > 0 ? [`durations ${durations.join(', ')} (only ${seconds.join(', ')})`] : []),
    ...(resolutions.length > 0 ? [`resolutions ${resolutions.join(', ')} (only ${names.join(', ')})`] : []),
    ...(aspects.length > 0 ? [`aspects ${aspects.join(', ')}`] : []),
    ...(wanted.audio && !audio ? ['audio'] : []),
  ];
}

/** An aspect ratio must be there at each resolution that is asked for; where none is, at any. */
function hasAspect(resolutions: readonly string[], aspect: string, facts: ModelFacts): boolean {
  const at = (names: readonly string[]) =>
    names.some((name) => Object.hasOwn(facts.sizes[name] ?? {}, aspect));
  const names = Object.keys(facts.sizes);
  if (resolutions.length === 0) return at(names);
  return resolutions.every((asked) => {
    const fitting = names.filter((name) => isSize(facts, name, asked));
    return fitting.length === 0 || at(fitting);
  });
}

/** Vendors name sizes as they like: one whose shorter side is 720 pixels is 720p, whatever it is called. */
function isSize({ sizes }: ModelFacts, name: string, asked: string): boolean {
  if (name.toLowerCase() === asked.toLowerCase()) return true;
  const pixels = Object.values(sizes[name] ?? {});
  return pixels.length > 0 && pixels.every((size) => `${Math.min(...size)}p` === asked.toLowerCase());
}

/** Ids that must be unique, and references that must lead somewhere. */

import type { Complaint } from './complaints.ts';
import { hasWholeMinutes, isAlways } from './cron.ts';
import { canariesOf } from './judging.ts';
import type { FileOptions } from './schema.ts';
import { isMap } from './walk.ts';
import { targetIdOf } from './watching.ts';
import { hint } from './words.ts';

const CRON_FIELDS = 6;

/** Everything wrong with how the parts of the file refer to each other. */
export function checkReferences(options: FileOptions, isCron: (text: string) => boolean): Complaint[] {
  return [
    ...checkIds(options),
    ...checkTargets(options, isCron),
    ...checkRoutes(options),
    ...checkRouters(options),
    ...checkCron(['probe', 'tick'], options.probe.tick, isCron),
    ...(options.probe.quiet === undefined ? [] : checkQuiet(options.probe.quiet, isCron)),
  ];
}

function checkIds(options: FileOptions): Complaint[] {
  const sections = ['providers', 'canaries', 'routes', 'alerts', 'routers'] as const;
  const named = sections.flatMap((section) =>
    duplicates(options[section].map(({ id }) => id)).map(({ i, id, first }) => ({
      path: [section, i, 'id'],
      text: `The id "${id}" is taken by ${section}[${first}]`,
    })),
  );
  const targets = duplicates(options.targets.map(targetIdOf)).map(({ i, id, first }) => ({
    path: ['targets', i],
    text: `The target ${id} is already targets[${first}]; give one of them another "id"`,
  }));
  return [...named, ...targets];
}

function duplicates(ids: readonly string[]): { i: number; id: string; first: number }[] {
  return ids.map((id, i) => ({ i, id, first: ids.indexOf(id) })).filter(({ i, first }) => i !== first);
}

function checkTargets(options: FileOptions, isCron: (text: string) => boolean): Complaint[] {
  const providers = options.providers.map(({ id }) => id);
  const canaries = [...canariesOf(options.canaries).keys()];
  return options.targets.flatMap((target, i): Complaint[] => [
    ...reference(['targets', i, 'provider'], 'provider', target.provider, providers),
    ...reference(['targets', i, 'canary'], 'canary', target.canary, canaries),
    ...(target.cron === undefined ? [] : checkCron(['targets', i, 'cron'], target.cron, isCron)),
    ...(target.model.includes('/') && target.name === undefined && target.id === undefined
      ? [
          {
            path: ['targets', i, 'model'],
            text: `Expected a short "name" for the id beside a model with slashes, e.g. name: ${shortName(target.model)}`,
          },
        ]
      : []),
  ]);
}

function shortName(model: string): string {
  const parts = model
    .split('/')
    .filter((part) => part !== '' && !/^(fal-ai|text-to-video|image-to-video)$/.test(part));
  return parts.join('-') || 'short-name';
}

function checkRoutes(options: FileOptions): Complaint[] {
  const targets = options.targets.map(targetIdOf);
  return options.routes.flatMap((route, i): Complaint[] => {
    const members = route.targets.map(({ target }) => target);
    return [
      ...members.flatMap((id, j) => reference(['routes', i, 'targets', j, 'target'], 'target', id, targets)),
      ...duplicates(members).map((twice) => ({
        path: ['routes', i, 'targets', twice.i, 'target'],
        text: `The target ${twice.id} is already targets[${twice.first}] of this route`,
      })),
    ];
  });
}

/** Sinks that take only some routes name them in an option of their own: `routes`, or `servers` by route and target. */
function checkRouters(options: FileOptions): Complaint[] {
  const routes = options.routes.map(({ id }) => id);
  return options.routers.flatMap((router, i): Complaint[] => {
    const { routes: wanted, servers } = router.options;
    return [
      ...(Array.isArray(wanted) ? wanted : []).flatMap((id, j) =>
        reference(['routers', i, 'routes', j], 'route', String(id), routes),
      ),
      ...Object.entries(isMap(servers) ? servers : {}).flatMap(([id, names]) =>
        checkServers(['routers', i, 'servers', id], id, isMap(names) ? names : {}, options),
      ),
    ];
  });
}

/** A router that misses one target of a route would go on with that one's old weight. */
function checkServers(
  path: Complaint['path'],
  id: string,
  names: Readonly<Record<string, unknown>>,
  { routes }: FileOptions,
): Complaint[] {
  const route = routes.find((one) => one.id === id);
  if (route === undefined) {
    const known = routes.map((one) => one.id);
    return reference(path, 'route', id, known);
  }
  const members = route.targets.map(({ target }) => target);
  const missing = members.filter((target) => names[target] === undefined);
  return [
    ...Object.keys(names).flatMap((target) => reference([...path, target], 'target', target, members)),
    ...missing.map((target) => ({
      path,
      text: `Expected a server for the target ${target} of this route, too`,
    })),
  ];
}

function reference(path: Complaint['path'], what: string, id: string, known: readonly string[]): Complaint[] {
  return known.includes(id) ? [] : [{ path, text: `There is no ${what} "${id}".${hint(id, known)}` }];
}

function checkCron(path: Complaint['path'], text: string, isCron: (text: string) => boolean): Complaint[] {
  if (text.trim().split(/\s+/).length === CRON_FIELDS && isCron(text)) return [];
  return [
    {
      path,
      text: `Expected a cron expression of six fields (second minute hour day month weekday), got "${text}"`,
    },
  ];
}

function checkQuiet(text: string, isCron: (text: string) => boolean): Complaint[] {
  const path = ['probe', 'quiet'];
  const wrong = checkCron(path, text, isCron);
  if (wrong.length > 0) return wrong;
  if (isAlways(text)) return [{ path, text: `Expected hours that end, got "${text}", which is always` }];
  if (hasWholeMinutes(text)) return [];
  return [{ path, text: `Expected whole minutes such as '* * 0-5 * * *' (seconds first), got "${text}"` }];
}

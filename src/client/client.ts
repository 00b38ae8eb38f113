/**
 * reelwatch for applications: which provider gets the next video, kept up to date in the background, decided locally.
 * No call for a target waits for the network, and none throws: without reelwatch the application's own base weights hold.
 */

import { type Needs, type RouteSetting, type Target, type Wish } from './choose.ts';
import { contentOf, nextOf, pickFrom, planOf } from './choose.ts';
import type { Content } from './document.ts';
import { createFollower } from './follow.ts';
import { type Holder, VALID_MS_MAX, createHolder } from './held.ts';
import { createJobs } from './jobs.ts';
import { type Problem, createTell } from './problem.ts';
import { type Outcome, type ReporterOptions, createReporter } from './report.ts';
import { type World, worldWith } from './world.ts';

export interface ClientOptions<Route extends string> extends Partial<World> {
  /** Where reelwatch is: `http://reelwatch:8780`. */
  url: string;
  /** A token with the scope `read`, and `report` if outcomes are reported. */
  token?: string;
  /** What holds while reelwatch is not heard of: every route, with base weights. */
  routes: Readonly<Record<Route, RouteSetting>>;
  /** A status document to begin with, parsed: bundled, or kept from `document()`. */
  document?: unknown;
  /** `poll` by default; `events` hears of changes at once, and polls where events do not come through. */
  updates?: 'poll' | 'events';
  /** 10 s by default. */
  pollEveryMs?: number;
  /** For one request, 5 s by default. */
  timeoutMs?: number;
  /** Whether the application has code for a target; by default for those that the route in `routes` lists. */
  canCall?: (target: string, route: Route) => boolean;
  /** Pinned jobs that are remembered at most, 10,000 by default, and for how long, 24 h by default. */
  jobsMax?: number;
  jobMs?: number;
  /** The longest that an outcome waits to be sent, 5 s by default. */
  flushEveryMs?: number;
  onProblem?: (problem: Problem) => void;
}

export interface Client<Route extends string> {
  /**
   * The target for a job's first try, by weight; null where no target of the route may take it.
   * @param draw from 0 up to 1: the same number picks the same target for as long as the weights are the same
   */
  pick: (route: Route, needs?: Needs, draw?: number) => Target | null;
  /** The target to try after those that explicitly failed, in fallback order; null after three attempts. */
  next: (route: Route, tried: readonly string[], needs?: Needs) => Target | null;
  /** `pick`, then `next` as long as the loop goes on: at most three targets, each once. */
  attempts: (route: Route, needs?: Needs) => Generator<Target, void, void>;
  /** The ready-made video that fits best, for when no target could make one; null where the route has none. */
  content: (route: Route, wish?: Wish) => Content | null;
  /** Remembers which target has a job. */
  pin: (jobId: string, target: string) => void;
  /** The target to poll for a job; null where it is not, or no longer, known. */
  targetOf: (jobId: string) => string | null;
  /** Queues how a job ended; sent in batches. */
  report: (outcome: Outcome) => void;
  /** Sends the outcomes that are waiting, as far as that is possible now. */
  flush: () => Promise<void>;
  /** Begins to follow reelwatch in the background. */
  start: () => void;
  /** Fetches once, unless that was done less than `ageMsMax` ago: for where nothing can run in the background. */
  refresh: (ageMsMax?: number) => Promise<boolean>;
  /** Ends what `start` began, and sends the outcomes that are waiting. */
  stop: () => Promise<void>;
  /** Where the weights come from now. */
  state: () => ClientState;
  /** The newest document that was taken, to keep and begin with next time; null where there was none. */
  document: () => unknown;
}

export interface ClientState {
  /** `live`: reelwatch's weights. `expired`: the base weights of its last document. `code`: those of `routes`. */
  source: 'live' | 'expired' | 'code';
  epoch: number | null;
  generation: number | null;
  /** Milliseconds since 1970, by our clock. */
  validUntil: number | null;
  /** Outcomes that could not be reported. */
  outcomesLost: number;
}

/** Nothing runs and nothing is fetched before `start` or `refresh`. */
export function createClient<const Route extends string>(options: ClientOptions<Route>): Client<Route> {
  const world = worldWith(options);
  const tell = createTell(options.onProblem);
  const holder = createHolder(world.now, tell);
  if (options.document !== undefined) holder.accept(options.document, 0);
  const reporter = createReporter({ ...connection(options), world, tell });
  const follower = createFollower({
    ...connection(options),
    world,
    tell,
    ...holder,
    heldUntil: () => holder.held()?.until ?? null,
    updates: options.updates ?? 'poll',
    pollEveryMs: options.pollEveryMs ?? 10_000,
  });

  return {
    ...chooser(options, holder, world),
    ...createJobs({
      jobsMax: options.jobsMax ?? 10_000,
      jobMs: options.jobMs ?? VALID_MS_MAX,
      now: world.now,
    }),
    report: reporter.report,
    flush: reporter.flush,
    start: follower.start,
    refresh: follower.refresh,
    stop: async () => {
      follower.stop();
      await reporter.stop();
    },
    state: () => {
      const held = holder.held();
      return {
        source: held === null ? 'code' : holder.isFresh() ? 'live' : 'expired',
        epoch: held?.status.epoch ?? null,
        generation: held?.status.generation ?? null,
        validUntil: held?.until ?? null,
        outcomesLost: reporter.lost(),
      };
    },
    document: () => holder.held()?.json ?? null,
  };
}

/** What is decided locally, from the document that is held and the application's own settings. */
function chooser<Route extends string>(
  { routes, canCall }: ClientOptions<Route>,
  holder: Holder,
  world: World,
): Pick<Client<Route>, 'pick' | 'next' | 'attempts' | 'content'> {
  const settingOf = (route: Route): RouteSetting =>
    Object.hasOwn(routes, route) ? routes[route] : { targets: {} };
  const statusOf = (route: Route) => holder.held()?.status.routes.get(route) ?? null;
  const planNow = (route: Route) => {
    const setting = settingOf(route);
    const isCallable = (target: string) =>
      canCall ? canCall(target, route) : Object.hasOwn(setting.targets, target);
    return planOf(setting, statusOf(route), holder.isFresh(), isCallable);
  };
  const pick: Client<Route>['pick'] = (route, needs = {}, draw = world.random()) =>
    pickFrom(planNow(route), needs, draw);
  const next: Client<Route>['next'] = (route, tried, needs = {}) => nextOf(planNow(route), needs, tried);
  return {
    pick,
    next,
    *attempts(route, needs = {}) {
      const tried: string[] = [];
      for (let target = pick(route, needs); target !== null; target = next(route, tried, needs)) {
        tried.push(target.id);
        yield target;
      }
    },
    content: (route, wish = {}) =>
      contentOf(statusOf(route)?.content ?? [], wish) ?? contentOf(settingOf(route).content ?? [], wish),
  };
}

type Connecting = Pick<ClientOptions<string>, 'url' | 'token' | 'timeoutMs' | 'flushEveryMs'>;

function connection(options: Connecting): Omit<ReporterOptions, 'world' | 'tell'> {
  const { token } = options;
  const root = options.url.replace(/\/*$/, '/');
  return {
    url: (path) => new URL(path, root).href,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    timeoutMs: options.timeoutMs ?? 5000,
    flushEveryMs: options.flushEveryMs ?? 5000,
  };
}

/**
 * reelwatch for applications: which provider gets the next video, kept up to date in the background, decided locally.
 * No call for a target waits for the network, and none throws: without reelwatch the application's own base weights hold.
 */
import {} from './choose.js';
import { contentOf, nextOf, pickFrom, planOf } from './choose.js';
import { createFollower } from './follow.js';
import { VALID_MS_MAX, createHolder } from './held.js';
import { createJobs } from './jobs.js';
import { createTell } from './problem.js';
import { createReporter } from './report.js';
import { worldWith } from './world.js';
/** Nothing runs and nothing is fetched before `start` or `refresh`. */
export function createClient(options) {
    const world = worldWith(options);
    const tell = createTell(options.onProblem);
    const holder = createHolder(world.now, tell);
    if (options.document !== undefined)
        holder.accept(options.document, 0);
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
function chooser({ routes, canCall }, holder, world) {
    const settingOf = (route) => Object.hasOwn(routes, route) ? routes[route] : { targets: {} };
    const statusOf = (route) => holder.held()?.status.routes.get(route) ?? null;
    const planNow = (route) => {
        const setting = settingOf(route);
        const isCallable = (target) => canCall ? canCall(target, route) : Object.hasOwn(setting.targets, target);
        return planOf(setting, statusOf(route), holder.isFresh(), isCallable);
    };
    const pick = (route, needs = {}, draw = world.random()) => pickFrom(planNow(route), needs, draw);
    const next = (route, tried, needs = {}) => nextOf(planNow(route), needs, tried);
    return {
        pick,
        next,
        *attempts(route, needs = {}) {
            const tried = [];
            for (let target = pick(route, needs); target !== null; target = next(route, tried, needs)) {
                tried.push(target.id);
                yield target;
            }
        },
        content: (route, wish = {}) => contentOf(statusOf(route)?.content ?? [], wish) ?? contentOf(settingOf(route).content ?? [], wish),
    };
}
function connection(options) {
    const { token } = options;
    const root = options.url.replace(/\/*$/, '/');
    return {
        url: (path) => new URL(path, root).href,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        timeoutMs: options.timeoutMs ?? 5000,
        flushEveryMs: options.flushEveryMs ?? 5000,
    };
}

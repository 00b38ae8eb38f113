/** Which target a job goes to. Pure: what is known, what is wanted and one random number decide. */
/** First try included. */
export const ATTEMPTS_MAX = 3;
/**
 * @param status what reelwatch said of the route, if it did
 * @param isFresh whether that still counts; otherwise, as in a dry run, base weights hold
 * @param canCall whether the application has code for a target
 */
export function planOf(setting, status, isFresh, canCall) {
    const callable = status?.targets.filter(({ id }) => canCall(id)) ?? [];
    // A document that names none of our targets knows nothing of them.
    if (status === null || callable.length === 0)
        return planFromCode(setting);
    const { capability } = status;
    const usable = callable.filter(({ role }) => role !== 'exclude');
    const isPlan = isFresh && status.isEnforced && usable.some(takesJobs);
    // A plan of nothing but zeros is never obeyed: whoever wrote it, it would stop everything.
    if (!isPlan)
        return { ...basePlan(usable, setting), capability };
    const targets = usable.map((one) => ({ ...named(one), weight: takesJobs(one) ? one.weight : 0 }));
    return { targets, fallback: ordered(targets, status.fallback), capability };
}
/** A target by weight for a job's first try; the best of the fallback order where no weight is left; null for nobody. */
export function pickFrom(plan, needs, draw) {
    if (!fits(plan.capability, needs))
        return null;
    const total = plan.targets.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0)
        return nextOf(plan, needs, []);
    // What is no number from 0 to 1 draws the first.
    let left = total * (draw > 0 && draw < 1 ? draw : 0);
    const weighted = plan.targets.filter(({ weight }) => weight > 0);
    const found = weighted.find(({ weight }) => (left -= weight) < 0) ?? weighted.at(-1);
    return found ? named(found) : null;
}
/** The target to try after those that explicitly failed; null after the last attempt. */
export function nextOf(plan, needs, tried) {
    if (tried.length >= ATTEMPTS_MAX || !fits(plan.capability, needs))
        return null;
    const id = plan.fallback.find((one) => !tried.includes(one));
    const found = plan.targets.find((one) => one.id === id);
    return found ? named(found) : null;
}
/** The ready-made video that fits best: of the category first, then by tags; any rather than none. */
export function contentOf(contents, wish) {
    const tags = new Set(wish.tags);
    let best = null;
    for (const content of contents) {
        const shared = new Set(content.tags.filter((tag) => tags.has(tag))).size;
        const isOfCategory = wish.category !== undefined && content.category === wish.category;
        const rank = (isOfCategory ? tags.size + 1 : 0) + shared;
        if (best === null || rank > best.rank)
            best = { content, rank };
    }
    return best?.content ?? null;
}
function fits(capability, needs) {
    const { task, durationsS, aspectRatios, resolutions, audio } = capability;
    return ((needs.task === undefined || (task ?? needs.task) === needs.task) &&
        (needs.durationS === undefined || (durationsS?.includes(needs.durationS) ?? true)) &&
        (needs.aspectRatio === undefined || (aspectRatios?.includes(needs.aspectRatio) ?? true)) &&
        (needs.resolution === undefined || (resolutions?.includes(needs.resolution) ?? true)) &&
        (needs.audio !== true || (audio ?? true)));
}
function planFromCode(setting) {
    const targets = Object.entries(setting.targets).map(([id, baseWeight]) => ({
        id,
        provider: null,
        model: null,
        baseWeight,
    }));
    return { ...basePlan(targets, setting), capability: setting.capability ?? {} };
}
function basePlan(usable, setting) {
    const targets = usable.map((one) => ({ ...named(one), weight: one.baseWeight }));
    return { targets, fallback: ordered(targets, setting.fallback ?? []) };
}
function takesJobs({ role, weight }) {
    return role === 'serve' && weight > 0;
}
/** The order as given, then everybody whom it forgets, by weight. */
function ordered(targets, given) {
    const byWeight = [...targets].sort((a, b) => b.weight - a.weight).map(({ id }) => id);
    const known = new Set(byWeight);
    return [...new Set([...given.filter((id) => known.has(id)), ...byWeight])];
}
function named({ id, provider, model }) {
    return { id, provider, model };
}

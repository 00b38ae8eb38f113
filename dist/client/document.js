/** Reading a status document, as strictly as safety needs and as loosely as later versions of it need. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
const ROUTES_MAX = 1000;
const TARGETS_MAX = 500;
const CONTENT_MAX = 1000;
const TAGS_MAX = 50;
const TEXT_MAX = 2000;
const WEIGHT_MAX = 1_000_000;
/**
 * Reads `reelwatch.status/1`, already parsed from JSON. Unknown fields are ignored.
 * @returns the status, or a sentence that says why the document is refused as a whole
 */
export function readStatus(json) {
    const document = fieldsOf(json);
    if (document['schema'] !== 'reelwatch.status/1')
        return 'its schema is not reelwatch.status/1';
    const epoch = document['epoch'];
    const generation = document['generation'];
    if (!isCount(epoch) || !isCount(generation))
        return 'epoch and generation are not whole numbers';
    const validUntil = instantOf(document['valid_until']);
    if (validUntil === null)
        return 'valid_until is no time';
    if (!Array.isArray(document['routes']))
        return 'routes is no list';
    if (document['routes'].length > ROUTES_MAX)
        return `it has more than ${ROUTES_MAX} routes`;
    const routes = new Map();
    for (const one of document['routes']) {
        const route = readRoute(fieldsOf(one), document['mode']);
        if (typeof route === 'string')
            return route;
        routes.set(route.id, route);
    }
    return { epoch, generation, validUntil, routes };
}
/** Milliseconds since 1970 of an ISO time; null for anything else. */
export function instantOf(value) {
    const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return Number.isFinite(ms) ? ms : null;
}
/** Whether a document was written before the one that is held: by epoch first, then by generation. */
export function isOlder(one, held) {
    return one.epoch < held.epoch || (one.epoch === held.epoch && one.generation < held.generation);
}
function readRoute(route, documentMode) {
    const id = route['id'];
    if (!isText(id))
        return 'a route has no id';
    const listed = route['targets'];
    if (!Array.isArray(listed) || listed.length > TARGETS_MAX)
        return `the targets of ${id} are no list of at most ${TARGETS_MAX}`;
    const targets = [];
    for (const one of listed) {
        const target = readTarget(fieldsOf(one));
        if (target === null)
            return `a target of ${id} has no id, no role, or a weight that is none`;
        targets.push(target);
    }
    return {
        id,
        isEnforced: (route['mode'] ?? documentMode ?? 'enforce') === 'enforce',
        posture: textOr(route['posture'], 'normal'),
        capability: readCapability(fieldsOf(route['capability'])),
        targets,
        fallback: texts(route['fallback'], TARGETS_MAX) ?? [],
        content: readContents(route['fallback_content']),
    };
}
function readTarget(target) {
    const { id, weight, role } = target;
    const baseWeight = target['base_weight'] ?? weight;
    if (!isText(id) || !isRole(role) || !isWeight(weight) || !isWeight(baseWeight))
        return null;
    return {
        id,
        provider: isText(target['provider']) ? target['provider'] : null,
        model: isText(target['model']) ? target['model'] : null,
        weight,
        baseWeight,
        role,
        state: textOr(target['state'], 'unknown'),
    };
}
function readCapability(capability) {
    const durations = capability['durations_s'];
    return {
        task: isText(capability['task']) ? capability['task'] : null,
        durationsS: Array.isArray(durations) ? durations.filter((one) => typeof one === 'number') : null,
        aspectRatios: texts(capability['aspect_ratios'], TARGETS_MAX),
        resolutions: texts(capability['resolutions'], TARGETS_MAX),
        audio: typeof capability['audio'] === 'boolean' ? capability['audio'] : null,
    };
}
/** Ready-made videos are shown to people, so only addresses of the web are let through; the others are left out. */
export function readContents(value) {
    if (!Array.isArray(value))
        return [];
    return value.slice(0, CONTENT_MAX).flatMap((one) => {
        const content = fieldsOf(one);
        const { url } = content;
        if (!isText(url) || !/^https?:\/\//i.test(url))
            return [];
        return {
            url,
            description: textOr(content['description'], ''),
            category: textOr(content['category'], ''),
            tags: texts(content['tags'], TAGS_MAX) ?? [],
            licence: textOr(content['licence'], ''),
        };
    });
}
export function fieldsOf(value) {
    return typeof value === 'object' && value !== null ? value : {};
}
function isCount(value) {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
function isWeight(value) {
    return typeof value === 'number' && value >= 0 && value <= WEIGHT_MAX;
}
function isRole(value) {
    return value === 'serve' || value === 'drain' || value === 'exclude';
}
function isText(value) {
    return typeof value === 'string' && value !== '' && value.length <= TEXT_MAX;
}
function textOr(value, other) {
    return isText(value) ? value : other;
}
function texts(value, countMax) {
    return Array.isArray(value) ? value.slice(0, countMax).filter(isText) : null;
}

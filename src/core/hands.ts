/** What people say about weights: pins and freezes, above every rule until they end. */

import type { Instant } from './base.ts';
import { DAY, HOUR } from './base.ts';
import type { TargetId } from './model.ts';
import type { Frozen, Pin, Route } from './route.ts';

/** A pin that nobody remembers does harm: each ends by itself within a day. */
export const PIN_MS_MAX = 24 * HOUR;
/** A freeze may stand until somebody lifts it; where it has an end, it is one that people can mean. */
export const FREEZE_MS_MAX = 366 * DAY;
/** Who froze where a file says so. */
export const FILE_AUTHOR = 'file';
/** Words for what no person did; nobody may sign with them. */
const RESERVED: readonly string[] = ['policy', FILE_AUTHOR];

export type RoutePin = Pin & { route: string };

/** All movement of weights is stopped. */
export interface Freeze {
  /** null for all routes. */
  route: string | null;
  author: string;
  reason: string;
  since: Instant;
  /** null until somebody lifts it. */
  until: Instant | null;
}

/** Everything that people have said and that has not been taken back; some of it may have ended. */
export interface Hands {
  pins: readonly RoutePin[];
  freezes: readonly Freeze[];
  /** When a person last lifted the freezes of a route, by its id. */
  thaws: Readonly<Record<string, Instant>>;
}

export const NO_HANDS: Hands = { pins: [], freezes: [], thaws: {} };

/** Why something said is not done; the code is for programs, the text for people. */
export interface Refusal {
  code: 'unknown_route' | 'unknown_target' | 'ended' | 'too_long' | 'reserved' | 'not_pinned' | 'not_frozen';
  text: string;
}

/** What has not ended at that moment. */
export function livingAt({ pins, freezes, thaws }: Hands, at: Instant): Hands {
  return {
    pins: pins.filter(({ until }) => until > at),
    freezes: freezes.filter(({ until }) => until === null || until > at),
    thaws,
  };
}

/** The pins of one route, as the planner takes them. */
export function pinsOf(hands: Hands, route: string, at: Instant): Pin[] {
  return livingAt(hands, at)
    .pins.filter((pin) => pin.route === route)
    .map(({ target, weight, until, author, reason }) => ({ target, weight, until, author, reason }));
}

/** The freezes that hold a route, the oldest first. */
export function freezesOf(hands: Hands, route: string, at: Instant): Freeze[] {
  return livingAt(hands, at)
    .freezes.filter((freeze) => freeze.route === null || freeze.route === route)
    .toSorted((a, b) => a.since - b.since || Number(a.route !== null) - Number(b.route !== null));
}

/** What holds a route, as the planner takes it: the freeze that has lasted longest. */
export function frozenOf(hands: Hands, route: string, at: Instant): Frozen | null {
  const [first] = freezesOf(hands, route, at);
  if (first === undefined) return null;
  const { since, reason, author, until } = first;
  return { since, why: reason, by: author, ...(until !== null && { until }) };
}

/** When the next of them ends by itself; null where none does. */
export function nextEndAt({ pins, freezes }: Hands): Instant | null {
  const ends = [...pins, ...freezes].flatMap(({ until }) => until ?? []);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** null where the pin may be taken. */
export function whyNotPin(pin: RoutePin, routes: readonly Route[], at: Instant): Refusal | null {
  const unknown = whyNotMember(pin.route, pin.target, routes);
  if (unknown !== null) return unknown;
  if (pin.until <= at) return { code: 'ended', text: 'A pin ends in the future; this one has ended.' };
  if (pin.until - at > PIN_MS_MAX)
    return {
      code: 'too_long',
      text: 'A pin lasts at most 24 hours, so that none is forgotten; set it again when it ends.',
    };
  return whyNotAuthor(pin.author);
}

/** null where the freeze may be taken. */
export function whyNotFreeze(freeze: Freeze, routes: readonly Route[]): Refusal | null {
  const { route, since, until, author } = freeze;
  if (route !== null && !routes.some(({ id }) => id === route)) return noRoute(routes);
  if (until !== null && until <= since)
    return { code: 'ended', text: 'A freeze ends in the future; this one has ended.' };
  if (until !== null && until - since > FREEZE_MS_MAX)
    return { code: 'too_long', text: 'A freeze lasts at most a year, or without an end until it is lifted.' };
  return whyNotAuthor(author);
}

/** null where the route has that target. */
export function whyNotMember(route: string, target: TargetId, routes: readonly Route[]): Refusal | null {
  const found = routes.find(({ id }) => id === route);
  if (found === undefined) return noRoute(routes);
  if (found.members.some((member) => member.target === target)) return null;
  const known = found.members.map((member) => member.target).join(', ');
  return { code: 'unknown_target', text: `No such target in the route ${route}. It has ${known}.` };
}

export function whyNotAuthor(author: string): Refusal | null {
  if (!RESERVED.includes(author.toLowerCase())) return null;
  return { code: 'reserved', text: `Nobody may sign as ${author}: that says that no person did it.` };
}

function noRoute(routes: readonly Route[]): Refusal {
  const known = routes.map(({ id }) => id).join(', ');
  return {
    code: 'unknown_route',
    text: `No such route. ${known === '' ? 'None is configured.' : `There are ${known}.`}`,
  };
}

/** Stories for tests: one bad evening of runway/gen4.5. */

import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Health, Incident, Notice } from '../../src/core/model.ts';
import type {
  DaemonEffect,
  Effect,
  RouteEffect,
  Story,
  TargetEffect,
  TargetStory,
  WeightMove,
} from '../../src/core/effect.ts';

export const target = { id: 'runway/gen4.5', provider: 'runway', model: 'gen4.5', region: null };
export const failedAt = Date.parse('2026-11-21T19:36:40Z');
export const detectedAt = failedAt + 45 * SECOND;

export function incident(over: Partial<Incident> = {}): Incident {
  return {
    id: 'runway/gen4.5!3',
    firstFailureAt: failedAt,
    detectedAt,
    worst: 'down',
    cause: 'unavailable',
    evidence: [
      { at: detectedAt, runId: 'runway/gen4.5@2', cause: 'unavailable', text: '503 Service Unavailable' },
      { at: failedAt, runId: 'runway/gen4.5@1', cause: 'unavailable', text: '502 Bad Gateway' },
    ],
    why: [
      'API down 99.0 %',
      '2 of 2 canaries bad since 19:36 UTC (503 Service Unavailable)',
      'free check fails since 19:35 UTC',
    ],
    ...over,
  };
}

export const notice: Notice = {
  id: 'runway:gen4.5',
  kind: 'announced',
  subject: 'gen4.5',
  effectiveAt: Date.parse('2027-03-31T00:00:00Z'),
  replacement: 'gen5',
  source: 'Runway changelog',
  url: 'https://docs.example/changelog?a=1&b=2',
  firstSeenAt: detectedAt,
};

export function story(effect: Effect, over: Partial<Omit<TargetStory, 'effect'>> = {}): Story {
  const links = {
    page: 'https://watch.example/',
    frame: null,
    run: 'https://watch.example/runs/1',
    dashboard: null,
    runbook: 'https://wiki.example/runway',
  };
  if ('route' in effect) return { effect, moves: [], links: { ...links, run: null, runbook: null }, ...over };
  if (!('target' in effect)) return { effect, moves: [], links: { ...links, run: null, runbook: null } };
  return { effect, target, moves: [], peers: { fine: 4, troubled: [], blind: 0 }, links, ...over };
}

export function budgetLow(provider: string | null = 'runway'): DaemonEffect {
  const returnsAt = detectedAt + 5 * HOUR;
  return { type: 'budget.low', at: detectedAt, provider, budgetUsd: 1, waiting: target.id, returnsAt };
}

export function budgetRestored(provider: string | null = 'runway'): DaemonEffect {
  const at = detectedAt + 5 * MINUTE;
  return { type: 'budget.restored', at, provider, budgetUsd: 1, durationMs: 5 * MINUTE };
}

export function networkLost(): DaemonEffect {
  return { type: 'network.lost', at: detectedAt, text: 'getaddrinfo ENOTFOUND <api>' };
}

export function networkRestored(at = detectedAt + 5 * MINUTE): DaemonEffect {
  return { type: 'network.restored', at, durationMs: 5 * MINUTE };
}

export function move(name: string, from: number, to: number, mode?: WeightMove['mode']): WeightMove {
  return { route: 't2v.default', target: name, from, to, ...(mode ? { mode } : {}) };
}

export function opened(over: Partial<Incident> = {}, health: 'down' | 'degraded' = 'down'): TargetEffect {
  return { type: 'incident.opened', at: detectedAt, target: target.id, incident: incident(over), health };
}

export function changed(from: Health, to: Health): TargetEffect {
  const at = detectedAt + 5 * MINUTE;
  return { type: 'incident.changed', at, target: target.id, incident: incident(), from, to };
}

export function closed(durationMs = 12 * MINUTE, to: Health = 'healthy'): TargetEffect {
  const at = failedAt + durationMs;
  return { type: 'incident.closed', at, target: target.id, incident: incident(), durationMs, to };
}

export function blindBegan(text = '401 invalid key'): TargetEffect {
  return { type: 'blind.began', at: detectedAt, target: target.id, cause: 'auth', text };
}

export function blindEnded(): TargetEffect {
  const at = detectedAt + 5 * MINUTE;
  return { type: 'blind.ended', at, target: target.id, cause: 'auth', durationMs: 5 * MINUTE };
}

export function announced(over: Partial<Notice> = {}): TargetEffect {
  return { type: 'notice.announced', at: detectedAt, target: target.id, notice: { ...notice, ...over } };
}

export function moved(from: number | null): TargetEffect {
  return { type: 'notice.moved', at: detectedAt, target: target.id, notice, from };
}

export function retired(text = 'model gen4.5 is no longer available'): TargetEffect {
  return { type: 'target.retired', at: detectedAt, target: target.id, notice, text };
}

export function fundsLow(usd = 4.2, daysLeft = 2.4): TargetEffect {
  return { type: 'funds.low', at: detectedAt, target: target.id, funds: { usd, daysLeft } };
}

export function fundsRestored(): TargetEffect {
  const at = detectedAt + 5 * MINUTE;
  const funds = { usd: 100, daysLeft: 57 };
  return { type: 'funds.restored', at, target: target.id, funds, durationMs: 5 * MINUTE };
}

/** Of the afternoon on which three providers went out at once. */
export function frozen(over: Partial<Extract<RouteEffect, { type: 'route.frozen' }>> = {}): RouteEffect {
  return {
    type: 'route.frozen',
    at: detectedAt,
    route: 't2v.default',
    mode: 'enforce',
    since: detectedAt,
    why: 'fal, kling, runway failed within 1 min: it may be our own mistake',
    by: 'policy',
    endsAt: detectedAt + 15 * MINUTE,
    liftedBy: 'thaw',
    held: [
      { target: 'runway/gen4.5', weight: 0, state: 'down' },
      { target: 'kling/kling-3.0', weight: 0, state: 'down' },
      { target: 'fal/pika-2.2', weight: 60, state: 'down' },
      { target: 'luma/ray-3', weight: 40, state: 'healthy' },
    ],
    out: [
      { provider: 'runway', since: failedAt },
      { provider: 'kling', since: failedAt + 20 * SECOND },
      { provider: 'fal', since: detectedAt },
    ],
    ...over,
  };
}

export function thawed(over: Partial<Extract<RouteEffect, { type: 'route.thawed' }>> = {}): RouteEffect {
  return {
    type: 'route.thawed',
    at: detectedAt + 15 * MINUTE,
    route: 't2v.default',
    mode: 'enforce',
    since: detectedAt,
    durationMs: 15 * MINUTE,
    by: 'policy',
    ended: 'time',
    ...over,
  };
}

export function drifted(what: string[] = ['t2v/runway has weight 100, not 40']): RouteEffect {
  return {
    type: 'router.drifted',
    at: detectedAt,
    route: 't2v.default',
    sink: 'gateway',
    generation: 412,
    what,
  };
}

export function settled(times = 3): RouteEffect {
  return {
    type: 'router.settled',
    at: detectedAt + 12 * MINUTE,
    route: 't2v.default',
    sink: 'gateway',
    since: detectedAt,
    durationMs: 12 * MINUTE,
    times,
  };
}

/** One of every kind of effect. */
export const everyEffect: Effect[] = [
  opened(),
  opened({ worst: 'degraded', cause: 'slow' }, 'degraded'),
  changed('degraded', 'down'),
  changed('down', 'recovering'),
  closed(),
  closed(12 * MINUTE, 'retired'),
  blindBegan(),
  blindEnded(),
  announced(),
  announced({ effectiveAt: null, replacement: null, kind: 'retired' }),
  moved(null),
  retired(),
  fundsLow(),
  fundsRestored(),
  frozen(),
  frozen({ by: 'anna', why: 'we change the proxy', endsAt: null, out: [] }),
  frozen({ by: 'file', why: 'the freeze file is there', endsAt: null, liftedBy: 'file' }),
  thawed(),
  drifted(),
  settled(),
  networkLost(),
  networkRestored(),
  budgetLow(),
  budgetRestored(),
];

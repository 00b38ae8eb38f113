import { between, exponential, logBetween, logNormal, pick, type Random, seeded, uniform } from './rng.ts';
import type { FaultOrder } from './scenario.ts';
import { DAY, HOUR, MIN, MONTH, onsetIntensity, type WorldSettings } from './settings.ts';
import {
  FAULT_CLASSES,
  type Fault,
  type FaultClass,
  type NetBreak,
  type Provider,
  type Seconds,
} from './types.ts';

/** An upper bound of the onset profile, for thinning. */
const INTENSITY_MAX = 3.6;
/** Faults whose onset does not follow the working week. */
const FLAT: ReadonlySet<FaultClass> = new Set(['auth', 'quota', 'retire', 'bad']);

export interface Faults {
  readonly faults: Fault[][];
  readonly netBreaks: NetBreak[];
}

/** All that breaks: by chance, and by the scenario's order. Faults of a provider never touch each other. */
export function makeFaults(
  settings: WorldSettings,
  orders: readonly FaultOrder[],
  seed: number,
  end: Seconds,
  providers: readonly Provider[],
): Faults {
  const faults = providers.map((provider) =>
    settings.suppressGenerated ? [] : ownFaults(settings, seed, end, provider),
  );
  const netBreaks = settings.suppressGenerated ? [] : sharedFaults(settings, seed, end, providers, faults);
  for (const order of orders)
    if (startOf(order) < end) obey(order, settings, seed, providers, faults, netBreaks);
  netBreaks.sort((a, b) => a.start - b.start);
  let id = 0;
  const kept = faults.map((list) => withoutOverlap(list).map((fault) => ({ ...fault, id: id++ })));
  return { faults: kept, netBreaks };
}

function ownFaults(settings: WorldSettings, seed: number, end: Seconds, provider: Provider): Fault[] {
  const random = seeded(seed, 'faults', provider.index);
  const weights = FAULT_CLASSES.map((cls) => settings.mix[cls]);
  const gap = 1 / (((settings.incidentsPerMonth * provider.hazard) / MONTH) * INTENSITY_MAX);
  const found: Fault[] = [];
  for (let at = exponential(random, gap); at < end - DAY; at += exponential(random, gap)) {
    const cls = FAULT_CLASSES[pick(random, weights)] ?? 'hard';
    const chance = uniform(random);
    const lasts = faultLength(settings, random);
    if (chance > (FLAT.has(cls) ? 1 : onsetIntensity(at)) / INTENSITY_MAX) continue;
    const own = seeded(seed, 'f', provider.index, Math.floor(at));
    const fault = shapeFault(settings, provider, cls, at, at + lasts, own);
    if (cls === 'maint') fault.end = fault.start + between(own, 30, 120) * MIN;
    found.push(fault);
  }
  return found;
}

function faultLength(settings: WorldSettings, random: Random): Seconds {
  const minutes = logNormal(random, settings.durMedianMin, settings.durSigma);
  return Math.min(settings.durMaxMin, Math.max(settings.durMinMin, minutes)) * MIN;
}

/** Breaks of our own network, and outages of a cloud that a group of providers shares. */
function sharedFaults(
  settings: WorldSettings,
  seed: number,
  end: Seconds,
  providers: readonly Provider[],
  faults: Fault[][],
): NetBreak[] {
  const random = seeded(seed, 'global');
  const netBreaks: NetBreak[] = [];
  const netGap = MONTH / Math.max(1e-9, settings.netPerMonth);
  for (let at = exponential(random, netGap); at < end - DAY; at += exponential(random, netGap)) {
    const minutes = Math.min(120, Math.max(0.5, logNormal(random, settings.netMedianMin, settings.netSigma)));
    netBreaks.push({
      start: at,
      end: at + minutes * MIN,
      losesReports: uniform(random) < 0.5,
      isControlOk: settings.netControlOk,
    });
  }
  const cloudGap = MONTH / Math.max(1e-9, settings.cdnPerMonth);
  for (const group of ['cdnA', 'cdnB'])
    for (let at = exponential(random, cloudGap); at < end - DAY; at += exponential(random, cloudGap)) {
      const lasts = faultLength(settings, random);
      for (const provider of providers.filter((one) => one.group === group)) {
        const own = seeded(seed, 'cdn', provider.index, Math.floor(at));
        const fault = shapeFault(settings, provider, 'hard', at, at + lasts, own);
        faults[provider.index]?.push({ ...fault, cheap: 0.95 });
      }
    }
  return netBreaks;
}

function startOf({ day, t0 }: FaultOrder): Seconds {
  return day === undefined ? (t0 ?? 0) : day * DAY;
}

/** Adds the faults that a scenario names. */
function obey(
  order: FaultOrder,
  settings: WorldSettings,
  seed: number,
  providers: readonly Provider[],
  faults: Fault[][],
  netBreaks: NetBreak[],
): void {
  const start = startOf(order);
  const end = start + order.min * MIN;
  if (order.cls === 'net') {
    netBreaks.push({ start, end, losesReports: order.losePassive, isControlOk: order.controlOk });
    return;
  }
  const { p, cls, set = {}, tag = null } = order;
  const hit = p === '*' ? providers.map((one) => one.index) : Array.isArray(p) ? p : [p];
  for (const index of hit) {
    const provider = providers[index % providers.length];
    if (provider === undefined) continue;
    const fault = shapeFault(
      settings,
      provider,
      cls,
      start,
      end,
      seeded(seed, 'x', index, Math.floor(start)),
    );
    const said = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
    faults[provider.index]?.push({ ...fault, ...said, start, end, tag, isExplicit: true });
  }
}

/** Keeps the scenario's own faults first, then those that leave an hour between themselves and what is kept. */
function withoutOverlap(list: readonly Fault[]): Fault[] {
  const kept: Fault[] = [];
  const ordered = list.toSorted((a, b) => Number(b.isExplicit) - Number(a.isExplicit) || a.start - b.start);
  for (const fault of ordered)
    if (!kept.some((other) => fault.start < other.end + HOUR && other.start < fault.end + HOUR))
      kept.push(fault);
  return kept.sort((a, b) => a.start - b.start);
}

/** What a fault of a class looks like from outside. */
function shapeFault(
  settings: WorldSettings,
  provider: Provider,
  cls: FaultClass,
  start: Seconds,
  end: Seconds,
  random: Random,
): Fault {
  const fault: Fault = {
    id: -1,
    cls,
    start,
    end,
    err: 0,
    slow: 1,
    bad: 0,
    refuse: 0,
    modes: settings.modeModel,
    cheap: 0,
    status: null,
    ramp: 0,
    region: null,
    duty: null,
    isExplicit: false,
    tag: null,
  };
  sign(fault, settings, random);
  post(fault, settings, provider, random);
  return fault;
}

function sign(fault: Fault, settings: WorldSettings, random: Random): void {
  switch (fault.cls) {
    case 'hard':
      fault.err = between(random, 0.95, 1);
      fault.modes = settings.modeHard;
      fault.cheap = uniform(random) < settings.hardCheapVisible ? between(random, 0.85, 1) : 0;
      return;
    case 'model':
      fault.err = between(random, 0.9, 1);
      return;
    case 'partial':
      fault.err = between(random, 0.2, 0.6);
      fault.modes = settings.modePartial;
      fault.cheap = uniform(random) < settings.partialCheapVisible ? fault.err * 0.8 : 0;
      fault.ramp = uniform(random) < 0.3 ? between(random, 2, 15) * MIN : 0;
      return;
    case 'slow':
      fault.slow = logBetween(random, 2.5, 8);
      fault.err = between(random, 0, 0.1);
      fault.modes = settings.modePartial;
      fault.ramp = uniform(random) < 0.5 ? between(random, 5, 30) * MIN : 0;
      return;
    case 'bad':
      fault.bad = between(random, 0.6, 1);
      return;
    case 'moderation':
      fault.refuse = between(random, 0.7, 1);
      return;
    case 'retire':
      fault.end = fault.start + DAY;
      fault.cheap = 1;
      return;
    case 'maint':
      fault.err = between(random, 0.95, 1);
      fault.modes = settings.modeHard;
      fault.cheap = uniform(random) < 0.5 ? 0.95 : 0;
      return;
    case 'auth':
    case 'quota':
      return;
  }
}

/** Decides whether and when the provider's status page tells of a fault. */
function post(fault: Fault, settings: WorldSettings, provider: Provider, random: Random): void {
  if (!provider.hasStatusPage || uniform(random) >= (settings.statusLive[fault.cls] ?? 0)) return;
  if (fault.cls === 'maint') {
    // Announced before it begins. The drawn notice period is not used, but keeps later draws where they are.
    uniform(random);
    fault.status = { post: Math.max(0, fault.start - 60), clear: fault.end + 600, maint: true };
    return;
  }
  const posted = fault.start + logNormal(random, settings.statusLagMedianMin, settings.statusLagSigma) * MIN;
  if (posted >= fault.end) return;
  const clear = fault.end + logNormal(random, settings.statusClearMedianMin, 0.8) * MIN;
  fault.status = { post: posted, clear, maint: false };
}

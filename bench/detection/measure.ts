import type { Budget, Verdict } from './policy.ts';
import { DAY, MIN, MONTH } from './settings.ts';
import { type Alert, type Change, isAlerting, type Sim, type UserTally } from './sim.ts';
import type { Fault, FaultClass } from './types.ts';
import type { World } from './world.ts';

/** Faults shorter than this need not be found. */
const DUTY_SEC = 5 * MIN;
/** An alert this long after the end of its cause is late, not false. */
const LATE_SEC = 15 * MIN;
const BLIP_LATE_SEC = 3 * MIN;
const USD_EPSILON = 1e-9;

/** What became of one fault. */
export interface FaultRecord {
  readonly cls: FaultClass;
  readonly tag: string | null;
  readonly lengthSec: number;
  readonly hasDuty: boolean;
  /** Its beginning lay within an alert for something else. */
  readonly isMasked: boolean;
  readonly isSeenByFreeCheck: boolean;
  readonly requestsPerHour: number;
  /** Seconds from its onset to the first alert; Infinity for never. */
  readonly detectedSec: number;
  /** Seconds from its end to the end of the alert; null where it was not detected. */
  readonly recoveredSec: number | null;
  /** Alerts beyond the first. */
  readonly flaps: number;
  /** Ours was called theirs, or theirs ours. */
  readonly isMisattributed: boolean;
}

export interface Measured {
  readonly records: readonly FaultRecord[];
  readonly providers: number;
  readonly days: number;
  /** Alerts with no fault, blip or trouble of ours near; those of them that fall into a break of our own network. */
  readonly falseAlarms: number;
  readonly falseAlarmsOurNetwork: number;
  /** Alerts on a blip. */
  readonly nuisances: number;
  readonly users: UserTally;
  readonly spentUsd: number;
  /** Bookings that broke the policy's promise for 24 h. */
  readonly overruns: number;
  readonly canaries: number;
  readonly checks: number;
}

export function measure({ world, ...sim }: Sim, budget: Budget | null): Measured {
  const records = world.faults.flatMap((faults, provider) =>
    faults.map((fault) => recordOf(world, provider, fault, sim.changes[provider] ?? [])),
  );
  const kinds = sim.alerts.map((alert) => kindOf(world, alert));
  const count = (kind: AlertKind): number => kinds.filter((one) => one === kind).length;
  return {
    records,
    providers: world.providers.length,
    days: world.settings.days,
    falseAlarms: count('false') + count('our network'),
    falseAlarmsOurNetwork: count('our network'),
    nuisances: count('blip'),
    users: sim.users,
    spentUsd: sim.spends.reduce((sum, { usd }) => sum + usd, 0),
    overruns: budget === null ? 0 : countOverruns(sim.spends, budget),
    canaries: sim.canaries,
    checks: sim.checks,
  };
}

/** The place in a list of changes of the verdict that holds at an instant. */
function placeAt(changes: readonly Change[], at: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.at ?? Infinity) > at) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

function recordOf(world: World, provider: number, fault: Fault, changes: readonly Change[]): FaultRecord {
  const alertsAt = (place: number): boolean => isAlerting(changes[place]?.verdict ?? 'up');
  const onset = placeAt(changes, fault.start);
  const end = placeAt(changes, fault.end);
  const isMasked = alertsAt(onset);
  const starts: number[] = [];
  for (let place = onset + 1; place <= end; place++)
    if (alertsAt(place) && !alertsAt(place - 1)) starts.push(place);
  const first = isMasked ? undefined : starts[0];
  const isOurs = fault.cls === 'auth' || fault.cls === 'quota';
  const found = changes.slice(first, end + 1).map((change) => change.verdict);
  return {
    cls: fault.cls,
    tag: fault.tag,
    lengthSec: fault.end - fault.start,
    hasDuty: fault.end - fault.start >= DUTY_SEC,
    isMasked,
    isSeenByFreeCheck: fault.cheap > 0.1,
    requestsPerHour: world.providers[provider]?.requestsPerHour ?? 0,
    detectedSec: first === undefined ? Infinity : (changes[first]?.at ?? Infinity) - fault.start,
    recoveredSec: first === undefined ? null : recoveryAfter(world, fault, changes, end),
    flaps: first === undefined ? 0 : starts.length - 1,
    isMisattributed: first !== undefined && isOurs !== saysOurs(found, isOurs),
  };
}

/** Whether the alerts within a fault say that it is ours: any of them where it is, the last of them where it is not. */
function saysOurs(found: readonly Verdict[], isOurs: boolean): boolean {
  const alerts = found.filter(isAlerting);
  return isOurs ? alerts.includes('config') : alerts.at(-1) === 'config';
}

function recoveryAfter(world: World, fault: Fault, changes: readonly Change[], end: number): number {
  let place = end;
  while (place < changes.length && isAlerting(changes[place]?.verdict ?? 'up')) place++;
  return place === end ? 0 : (changes[place]?.at ?? world.end) - fault.end;
}

type AlertKind = 'fault' | 'blip' | 'our network' | 'false';

function kindOf(world: World, { provider, at }: Alert): AlertKind {
  const isNear = (span: { start: number; end: number }, lateSec: number): boolean =>
    at >= span.start && at <= span.end + lateSec;
  if (world.faults[provider]?.some((fault) => isNear(fault, LATE_SEC)) === true) return 'fault';
  if (world.blips[provider]?.some((blip) => isNear(blip, BLIP_LATE_SEC)) === true) return 'blip';
  const wasOurs = world.netBreaks.some((one) => isNear(one, LATE_SEC));
  return wasOurs ? 'our network' : 'false';
}

interface Booking {
  readonly submittedAt: number;
  readonly provider: number;
  readonly usd: number;
}

/** Money counts from the moment its canary was started: that is when the decision to spend it fell. */
export function countOverruns(spends: readonly Booking[], budget: Budget): number {
  const each = budget.providerUsdPerDay;
  const groups = each === null ? [] : Object.values(Object.groupBy(spends, ({ provider }) => provider));
  const single = groups.reduce((sum, group = []) => sum + overrunsOf(group, each ?? Infinity), 0);
  return overrunsOf(spends, budget.totalUsdPerDay) + single;
}

/** How many bookings push the sum of the 24 h that end with them over the limit. */
function overrunsOf(spends: readonly Booking[], limitUsd: number): number {
  const ordered = spends.toSorted((a, b) => a.submittedAt - b.submittedAt);
  let first = 0;
  let sum = 0;
  let overruns = 0;
  for (const { submittedAt, usd } of ordered) {
    sum += usd;
    for (
      let oldest = ordered[first];
      oldest && oldest.submittedAt <= submittedAt - DAY;
      oldest = ordered[++first]
    )
      sum -= oldest.usd;
    if (sum > limitUsd + USD_EPSILON) overruns++;
  }
  return overruns;
}

/** Provider-months that a run covers. */
export function providerMonths(measured: Measured): number {
  return (measured.providers * measured.days * DAY) / MONTH;
}

import { type FaultRecord, type Measured, providerMonths } from './measure.ts';
import { FAULT_CLASSES, type FaultClass } from './types.ts';

const HIGH_TRAFFIC_PER_HOUR = 10;
/** Faults of the provider's service; the others are of our key, our quota, or the end of a model. */
const SERVICE: ReadonlySet<FaultClass> = new Set([
  'hard',
  'model',
  'partial',
  'slow',
  'bad',
  'maint',
  'moderation',
]);
const OUTAGE: ReadonlySet<FaultClass> = new Set(['hard', 'model']);

/** Figures of one group of faults. A fault that is never detected counts as infinitely late; null stands for that. */
export interface Detection {
  readonly faults: number;
  readonly ttdMedianMin: number | null;
  /** Of those that were detected. */
  readonly ttdP95Min: number | null;
  readonly missedShare: number;
  /** How long a fault goes unnoticed in the mean: until its alert, or its end. Finite where the median is not. */
  readonly undetectedMeanMin: number;
  readonly recoveryMedianMin: number | null;
  readonly recoveryP95Min: number | null;
}

/** Figures of one policy over several seeds. */
export interface Summary {
  readonly seeds: readonly number[];
  readonly usdPerProviderDay: number;
  /** All faults of the service of at least 5 min. */
  readonly service: Detection;
  readonly byClass: Readonly<Partial<Record<FaultClass, Detection>>>;
  readonly byVisibility: {
    /** Hard outages that free checks see. */
    readonly freeCheck: Detection;
    /** Outages at providers without users that no free check sees. */
    readonly darkOutage: Detection;
    readonly dark: Detection;
    readonly highTraffic: Detection;
    readonly lowTraffic: Detection;
    readonly noTraffic: Detection;
  };
  /** Faults that the scenario names. */
  readonly byTag: Readonly<Record<string, Detection>>;
  /** Per provider-month. */
  readonly falseAlarms: number;
  readonly falseAlarmsOurNetwork: number;
  readonly nuisances: number;
  readonly flaps: number;
  /** Per seed. */
  readonly misattributions: number;
  /** In per cent of all users' requests: failed by a fault, diverted although nothing was wrong. */
  readonly userFailPct: number;
  readonly divertedHealthyPct: number;
  /** In all seeds together. */
  readonly overruns: number;
  readonly canariesPerProviderDay: number;
  readonly checksPerProviderDay: number;
  readonly secondsPerSeed: number;
}

export interface Run {
  readonly seed: number;
  readonly seconds: number;
  readonly measured: Measured;
}

export function summarize(runs: readonly Run[]): Summary {
  const all = runs.map((run) => run.measured);
  const records = all.flatMap((one) => one.records);
  const judged = records.filter((record) => record.hasDuty && !record.isMasked);
  const service = judged.filter((record) => SERVICE.has(record.cls));
  const mean = (figure: (one: Measured) => number): number =>
    all.reduce((sum, one) => sum + figure(one), 0) / Math.max(1, all.length);
  const perMonth = (figure: (one: Measured) => number): number =>
    mean((one) => figure(one) / providerMonths(one));
  const perDay = (figure: (one: Measured) => number): number =>
    mean((one) => figure(one) / (one.providers * one.days));
  const pctOfUsers = (figure: (one: Measured) => number): number =>
    (100 * mean(figure)) /
    Math.max(
      1,
      mean((one) => one.users.total),
    );
  return {
    seeds: runs.map((run) => run.seed),
    usdPerProviderDay: perDay((one) => one.spentUsd),
    service: detectionOf(service),
    byClass: Object.fromEntries(
      FAULT_CLASSES.map((cls) => [cls, judged.filter((record) => record.cls === cls)] as const)
        .filter(([, group]) => group.length > 0)
        .map(([cls, group]) => [cls, detectionOf(group)]),
    ),
    byVisibility: visibilityOf(judged, service),
    byTag: Object.fromEntries(
      [...new Set(records.flatMap(({ tag }) => (tag === null ? [] : [tag])))].map((tag) => [
        tag,
        detectionOf(records.filter((record) => record.tag === tag && !record.isMasked)),
      ]),
    ),
    falseAlarms: perMonth((one) => one.falseAlarms),
    falseAlarmsOurNetwork: perMonth((one) => one.falseAlarmsOurNetwork),
    nuisances: perMonth((one) => one.nuisances),
    flaps: perMonth((one) => one.records.reduce((sum, record) => sum + record.flaps, 0)),
    misattributions: mean((one) => one.records.filter((record) => record.isMisattributed).length),
    userFailPct: pctOfUsers((one) => one.users.failed),
    divertedHealthyPct: pctOfUsers((one) => one.users.divertedHealthy),
    overruns: all.reduce((sum, one) => sum + one.overruns, 0),
    canariesPerProviderDay: perDay((one) => one.canaries),
    checksPerProviderDay: perDay((one) => one.checks),
    secondsPerSeed: runs.reduce((sum, run) => sum + run.seconds, 0) / Math.max(1, runs.length),
  };
}

function visibilityOf(
  judged: readonly FaultRecord[],
  service: readonly FaultRecord[],
): Summary['byVisibility'] {
  const isDark = (record: FaultRecord): boolean => record.requestsPerHour === 0 && !record.isSeenByFreeCheck;
  const traffic = (least: number, below: number): Detection =>
    detectionOf(
      service.filter((record) => record.requestsPerHour >= least && record.requestsPerHour < below),
    );
  return {
    freeCheck: detectionOf(judged.filter((record) => record.cls === 'hard' && record.isSeenByFreeCheck)),
    darkOutage: detectionOf(judged.filter((record) => OUTAGE.has(record.cls) && isDark(record))),
    dark: detectionOf(service.filter(isDark)),
    highTraffic: traffic(HIGH_TRAFFIC_PER_HOUR, Infinity),
    lowTraffic: traffic(Number.MIN_VALUE, HIGH_TRAFFIC_PER_HOUR),
    noTraffic: traffic(0, Number.MIN_VALUE),
  };
}

function detectionOf(group: readonly FaultRecord[]): Detection {
  const delays = group.map((record) => record.detectedSec);
  const detected = delays.filter((delay) => delay < Infinity);
  const unnoticedSec = group.reduce((sum, one) => sum + Math.min(one.detectedSec, one.lengthSec), 0);
  const recoveries = group.flatMap(({ recoveredSec }) => (recoveredSec === null ? [] : [recoveredSec]));
  return {
    faults: group.length,
    ttdMedianMin: minutes(quantile(delays, 0.5)),
    ttdP95Min: minutes(quantile(detected, 0.95)),
    missedShare: group.length === 0 ? 0 : 1 - detected.length / group.length,
    undetectedMeanMin: unnoticedSec / 60 / Math.max(1, group.length),
    recoveryMedianMin: minutes(quantile(recoveries, 0.5)),
    recoveryP95Min: minutes(quantile(recoveries, 0.95)),
  };
}

/** The value at that share of the sorted list, the upper one of two; Infinity for an empty list. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Infinity;
}

function minutes(seconds: number): number | null {
  return Number.isFinite(seconds) ? seconds / 60 : null;
}

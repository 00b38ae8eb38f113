import type { FailureModes, FaultClass } from './types.ts';

export const MIN = 60;
export const HOUR = 3600;
export const DAY = 86_400;
export const MONTH = 30 * DAY;

/** What a scenario may say of one provider, in the scenario's short words. */
export interface ProviderSettings {
  readonly price?: number | undefined;
  readonly med?: number | undefined;
  readonly sig?: number | undefined;
  readonly p0?: number | undefined;
  readonly refuse?: number | undefined;
  readonly hz?: number | undefined;
  readonly traffic?: number | undefined;
  readonly group?: string | undefined;
  readonly billFail?: boolean | undefined;
  readonly hasStatus?: boolean | undefined;
  readonly balanceApi?: boolean | undefined;
  readonly cancelFree?: boolean | undefined;
}

/** Every property of the world a scenario can change. Rates per month are per provider unless they say otherwise. */
export interface WorldSettings {
  readonly days: number;
  /** Number of providers. */
  readonly n: number;
  readonly providers: readonly ProviderSettings[];
  /** US dollars per canary and user requests per hour, repeated where there are more providers than entries. */
  readonly prices: readonly number[];
  readonly traffic: readonly number[];

  /** All classes together, before those are dropped that lie within an hour of another. */
  readonly incidentsPerMonth: number;
  /** Log-sigma of the incident rate between providers. */
  readonly hazardSpread: number;
  readonly durMedianMin: number;
  readonly durSigma: number;
  readonly durMinMin: number;
  readonly durMaxMin: number;
  /** Weights of the fault classes. */
  readonly mix: Readonly<Record<FaultClass, number>>;
  /** Shares of hard and partial faults in which the free check fails too. */
  readonly hardCheapVisible: number;
  readonly partialCheapVisible: number;
  readonly modeHard: FailureModes;
  readonly modeModel: FailureModes;
  readonly modePartial: FailureModes;

  /** Share of faults that a status page reports, by class; how late; how long it stays after the end. */
  readonly statusLive: Readonly<Partial<Record<FaultClass, number>>>;
  readonly statusLagMedianMin: number;
  readonly statusLagSigma: number;
  readonly statusClearMedianMin: number;
  /** Posts without a fault that matters to us. */
  readonly statusNoisePerMonth: number;

  /** Short real bursts of errors: no duty to detect, an alert is a nuisance. */
  readonly blipsPerMonth: number;
  readonly blipMeanSec: number;
  readonly blipMaxSec: number;
  /** Trouble of the free endpoint alone, such as its rate limit; and the share of free checks that fails anyway. */
  readonly cheapNoisePerMonth: number;
  readonly cheapNoiseMeanSec: number;
  readonly cheapQ0: number;
  /** One user who retries a hopeless prompt, reported as plain failures. */
  readonly badUserPerMonth: number;

  /** Our own network breaks: for all providers at once. Control targets fail too unless `netControlOk`. */
  readonly netPerMonth: number;
  readonly netMedianMin: number;
  readonly netSigma: number;
  readonly netControlOk: boolean;
  /** A shared cloud breaks: all providers of a group are really down, control targets are fine. */
  readonly cdnPerMonth: number;

  /** Share of healthy generations that take `tailFactor` as long. */
  readonly tailP: number;
  readonly tailFactor: number;
  /** Share of the users' outcomes that is reported to us. */
  readonly passiveFrac: number;
  /** Only the faults that the scenario names happen. */
  readonly suppressGenerated: boolean;
}

/** The world as far as it is known; see docs/detection.md for where each figure comes from. */
export const DEFAULTS: WorldSettings = {
  days: 90,
  n: 12,
  providers: [],
  prices: [0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.8, 1.5],
  traffic: [0, 30, 3, 0, 30, 0, 3, 60, 0, 3, 10, 3],

  incidentsPerMonth: 4,
  hazardSpread: 0.6,
  durMedianMin: 38,
  durSigma: 1.25,
  durMinMin: 3,
  durMaxMin: 1440,
  mix: {
    hard: 0.2,
    model: 0.25,
    partial: 0.28,
    slow: 0.12,
    bad: 0.03,
    auth: 0.02,
    quota: 0.04,
    moderation: 0.03,
    retire: 0.01,
    maint: 0.02,
  },
  hardCheapVisible: 0.7,
  partialCheapVisible: 0.35,
  modeHard: [0.8, 0.05, 0.15],
  modeModel: [0.25, 0.35, 0.4],
  modePartial: [0.4, 0.35, 0.25],

  statusLive: { hard: 0.65, model: 0.5, partial: 0.5, slow: 0.4, bad: 0.1, maint: 1, retire: 0.3 },
  statusLagMedianMin: 24,
  statusLagSigma: 0.95,
  statusClearMedianMin: 30,
  statusNoisePerMonth: 1.5,

  blipsPerMonth: 6,
  blipMeanSec: 60,
  blipMaxSec: 170,
  cheapNoisePerMonth: 3,
  cheapNoiseMeanSec: 90,
  cheapQ0: 0.002,
  badUserPerMonth: 3,

  netPerMonth: 1.5,
  netMedianMin: 4,
  netSigma: 0.9,
  netControlOk: false,
  cdnPerMonth: 0.15,

  tailP: 0.03,
  tailFactor: 2.2,
  passiveFrac: 1,
  suppressGenerated: false,
};

// Published incidents of LLM services, 2021-02 to 2024-08, counted by weekday (Monday first) and by hour of day in UTC.
// Source: artefact of "An Empirical Characterization of Outages and Incidents in Public Services for LLMs" (ICPE 2025).
const INCIDENTS_BY_WEEKDAY = [80, 105, 112, 102, 96, 29, 18];
const INCIDENTS_BY_HOUR = [
  21, 25, 14, 16, 10, 6, 9, 10, 13, 8, 4, 11, 8, 19, 32, 28, 39, 44, 40, 49, 35, 36, 40, 25,
];

const byWeekday = relative(INCIDENTS_BY_WEEKDAY);
const byHour = relative(INCIDENTS_BY_HOUR);

function relative(counts: readonly number[]): readonly number[] {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.map((count) => count / mean);
}

/** Relative onset rate of incidents at an instant, mean 1 over the week. */
export function onsetIntensity(at: number): number {
  const day = Math.floor(at / DAY) % 7;
  const hour = Math.floor(at / HOUR) % 24;
  return (byWeekday[day] ?? 1) * (byHour[hour] ?? 1);
}

/** Relative rate of users' requests: a daily wave that peaks at 18:00 UTC, and quieter weekends. */
export function trafficShape(at: number): number {
  const hour = (at / HOUR) % 24;
  const isWeekend = Math.floor(at / DAY) % 7 >= 5;
  return (1 + 0.75 * Math.cos(((hour - 18) / 24) * 2 * Math.PI)) * (isWeekend ? 0.6 : 1.16);
}

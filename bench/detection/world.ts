import { between, exponential, hash, logBetween, logNormal, normal, seeded, uniform } from './rng.ts';
import { type Scenario, settingsOf } from './scenario.ts';
import { DAY, HOUR, MIN, MONTH, trafficShape, type WorldSettings } from './settings.ts';
import { makeFaults } from './faults.ts';
import type { BadReporter, Blip, Fault, NetBreak, Provider, Seconds, Span, StatusNoise } from './types.ts';

/** The truth, fixed before anything is watched. Lists by provider are in the order of `start`. */
export interface World {
  readonly settings: WorldSettings;
  readonly seed: number;
  readonly end: Seconds;
  readonly providers: readonly Provider[];
  readonly faults: readonly (readonly Fault[])[];
  readonly blips: readonly (readonly Blip[])[];
  /** Times in which a free check fails although nothing is wrong. */
  readonly checkTrouble: readonly (readonly Span[])[];
  readonly badReporters: readonly (readonly BadReporter[])[];
  readonly statusNoise: readonly (readonly StatusNoise[])[];
  readonly netBreaks: readonly NetBreak[];
  /** Instants of users' requests. */
  readonly arrivals: readonly Float64Array[];
}

/** The world of a scenario and a seed; the same for whoever watches it. */
export function makeWorld(scenario: Scenario, seed: number): World {
  const settings = settingsOf(scenario);
  const end = settings.days * DAY;
  const providers = Array.from({ length: settings.n }, (_, index) => makeProvider(settings, seed, index));
  const { faults, netBreaks } = makeFaults(settings, scenario.faults, seed, end, providers);
  const noise = providers.map((provider) => makeNoise(settings, seed, end, provider));
  const badReporters = noise.map((one) => one.badReporters);
  for (const lie of scenario.poison) {
    for (let user = 0; user < lie.users; user++) {
      const start = lie.day * DAY + user * 7;
      badReporters[lie.p]?.push({ start, count: lie.n, gapSec: lie.gap, reporter: 2e6 + user });
    }
  }
  return {
    settings,
    seed,
    end,
    providers,
    faults,
    netBreaks,
    badReporters,
    blips: noise.map((one) => one.blips),
    checkTrouble: noise.map((one) => one.checkTrouble),
    statusNoise: noise.map((one) => one.statusNoise),
    arrivals: providers.map((provider) => makeArrivals(seed, end, provider)),
  };
}

/** Draws in a fixed order, whatever the scenario overrides, so that an override changes nothing else. */
function makeProvider(settings: WorldSettings, seed: number, index: number): Provider {
  const random = seeded(seed, 'prov', index);
  const medianSec = logBetween(random, 30, 240);
  const sigma = between(random, 0.2, 0.45);
  const failureRate = logBetween(random, 0.004, 0.05);
  const refusalRate = logBetween(random, 0.002, 0.02);
  const hazard = Math.exp(settings.hazardSpread * normal(random) - settings.hazardSpread ** 2 / 2);
  const group = uniform(random) < 0.35 ? 'cdnA' : uniform(random) < 0.5 ? 'cdnB' : 'none';
  const billsFailures = uniform(random) < 0.2;
  const hasStatusPage = uniform(random) < 0.75;
  const tellsBalance = uniform(random) < 0.3;
  const said = settings.providers[index] ?? {};
  return {
    index,
    id: `p${index}`,
    priceUsd: said.price ?? settings.prices[index % settings.prices.length] ?? 0,
    medianSec: said.med ?? medianSec,
    sigma: said.sig ?? sigma,
    failureRate: said.p0 ?? failureRate,
    refusalRate: said.refuse ?? refusalRate,
    hazard: said.hz ?? hazard,
    requestsPerHour: said.traffic ?? settings.traffic[index % settings.traffic.length] ?? 0,
    group: said.group ?? group,
    billsFailures: said.billFail ?? billsFailures,
    hasStatusPage: said.hasStatus ?? hasStatusPage,
    tellsBalance: said.balanceApi ?? tellsBalance,
    cancelsFree: said.cancelFree ?? hash(seed, 'cf', index) % 100 < 50,
  };
}

interface Noise {
  readonly blips: Blip[];
  readonly checkTrouble: Span[];
  readonly badReporters: BadReporter[];
  readonly statusNoise: StatusNoise[];
}

function makeNoise(settings: WorldSettings, seed: number, end: Seconds, provider: Provider): Noise {
  const random = seeded(seed, 'noise', provider.index);
  const noise: Noise = { blips: [], checkTrouble: [], badReporters: [], statusNoise: [] };
  const eachOnset = (perMonth: number, act: (at: Seconds) => void): void => {
    if (perMonth <= 0) return;
    const gap = MONTH / perMonth;
    for (let at = exponential(random, gap); at < end - DAY; at += exponential(random, gap)) act(at);
  };
  eachOnset(settings.blipsPerMonth, (start) => {
    const lasts = Math.min(settings.blipMaxSec, exponential(random, settings.blipMeanSec));
    const err = between(random, 0.5, 1);
    noise.blips.push({ start, end: start + lasts, err, cheap: uniform(random) < 0.5 ? 0.9 : 0 });
  });
  eachOnset(settings.cheapNoisePerMonth, (start) => {
    const lasts = Math.min(1200, exponential(random, settings.cheapNoiseMeanSec));
    noise.checkTrouble.push({ start, end: start + lasts });
  });
  if (provider.requestsPerHour > 0)
    eachOnset(settings.badUserPerMonth, (start) => {
      const count = 3 + Math.floor(uniform(random) * 12);
      const gapSec = between(random, 15, 60);
      noise.badReporters.push({
        start,
        count,
        gapSec,
        reporter: 1e6 + Math.floor(uniform(random) * 1e6),
      });
    });
  if (provider.hasStatusPage)
    eachOnset(settings.statusNoisePerMonth, (post) => {
      noise.statusNoise.push({ post, clear: post + logNormal(random, 70, 0.8) * MIN });
    });
  return noise;
}

/** A Poisson process whose rate follows the week, by thinning one of constant rate. */
function makeArrivals(seed: number, end: Seconds, provider: Provider): Float64Array {
  if (provider.requestsPerHour <= 0) return new Float64Array(0);
  const shapeMax = 2.1;
  const random = seeded(seed, 'arr', provider.index);
  const gap = 1 / ((provider.requestsPerHour / HOUR) * shapeMax);
  const at: number[] = [];
  for (let t = exponential(random, gap); t < end; t += exponential(random, gap))
    if (uniform(random) * shapeMax < trafficShape(t)) at.push(t);
  return Float64Array.from(at);
}

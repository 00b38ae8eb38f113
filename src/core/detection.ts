/** The numbers that detection decides and spends by. Belief's own stand in explanations.ts. */

import { HOUR, MINUTE, SECOND } from './base.ts';
import type { BeliefPolicy } from './explanations.ts';
import { DEFAULT_BELIEF } from './explanations.ts';

/** From belief to verdict. */
export interface JudgementPolicy {
  /** P(fault or blip) from which a target is suspect, and P(fault) from which it is reported. */
  suspectAt: number;
  alertAt: number;
  /** An alert is over at this P(fault): by the worst that it was. */
  clearDownAt: number;
  clearDegradedAt: number;
  /** Independent bad signs that an alert needs, so that no single one makes it. */
  signsMin: number;
  /** Or a free check that has failed for so long. */
  freeCheckFailsMs: number;
  /** So many failed free checks are worth one sign. */
  freeChecksPerSign: number;
  /** Below this P(fault), and without a bad sign for so long, the trouble is forgotten. */
  calmAt: number;
  calmAfterMs: number;
  /** Flap damping: the quiet that closing asks for doubles with each close within the window. */
  holdMs: number;
  holdMsMax: number;
  holdWindowMs: number;
  /** Answers about our key or quota in a row that make the target blind. */
  configSignsMin: number;
  /** The router's factor under suspicion is pOk squared, not less than the floor; above `trustedAt` all is left alone. */
  trustedAt: number;
  factorMin: number;
  downFactor: number;
  degradedFactor: number;
  slowFactor: number;
}

/** From belief to the next look, and what it may cost. */
export interface DemandPolicy {
  /** Free checks: usually, under suspicion, during an outage, and while we ourselves are in doubt. */
  freeCheckMs: number;
  freeCheckSuspectMs: number;
  freeCheckDownMs: number;
  freeCheckFrozenMs: number;
  /** The share of the budget that routine may plan with, and the share it may reach; the rest is for confirming. */
  routineShare: number;
  routineCap: number;
  /** The share of the budget that confirming may reach: what is left beyond shows the end of outages. */
  confirmCap: number;
  /** How fast the plan follows what is really spent, and how far, per hour. */
  gainStep: number;
  gainMin: number;
  gainMax: number;
  /** The longest that a generation stays unseen, whatever it costs. */
  unseenMsMax: number;
  /** Users' traffic shows that videos are made; what they show is looked at every so many times the stale limit. */
  contentEvery: number;
  /** Traffic will tell within so many of its own gaps. */
  reportGaps: number;
  /** Waiting must cost this many times a canary to confirm with 1, with 2, with `burst`. */
  worthOne: number;
  worthTwo: number;
  worthBurst: number;
  burst: number;
  burstGapMs: number;
  burstsPerHourMax: number;
  /** Recovery probes: this share of the outage's length apart, within bounds; rarer where failed jobs are billed. */
  recoverShare: number;
  recoverMsMin: number;
  recoverMsMax: number;
  billedFailsFactor: number;
  /** How often a target whose key or quota is in trouble is tried. */
  blindEveryMs: number;
  /** A target's own onsets weigh against a prior of so many, within bounds. */
  onsetWeight: number;
  hazardMin: number;
  hazardMax: number;
  /** The share of the hazard that follows the hours of the week. */
  profileShare: number;
  /** Canaries follow that hazard within the day by this power of it. */
  profilePower: number;
  /** Jobs of users that are looked at for being overdue. */
  openJobsMax: number;
  /** A canary is given up after this many times its usual, within bounds. */
  patience: number;
  patienceMsMin: number;
  patienceMsMax: number;
}

/** Is it us: our own network, rather than all providers at once. */
export interface OurselvesPolicy {
  /** A provider's last probe counts for so long; so many must be known. */
  windowMs: number;
  providersMin: number;
  /** The share of providers that must fail for it to be us, and below which it no longer is. */
  beginShare: number;
  endShare: number;
  failingMin: number;
  /** Nothing is believed against a provider for so long after each sign of it. */
  freezeMs: number;
  /** Trouble that began this recently is taken back. */
  forgetMs: number;
}

export interface DetectionPolicy {
  belief: BeliefPolicy;
  judgement: JudgementPolicy;
  demand: DemandPolicy;
  ourselves: OurselvesPolicy;
}

export const DEFAULT_DETECTION: DetectionPolicy = {
  belief: DEFAULT_BELIEF,
  judgement: {
    suspectAt: 0.03,
    alertAt: 0.95,
    clearDownAt: 0.25,
    clearDegradedAt: 0.08,
    signsMin: 2,
    freeCheckFailsMs: 5 * MINUTE,
    freeChecksPerSign: 3,
    calmAt: 0.01,
    calmAfterMs: 10 * MINUTE,
    holdMs: 2 * MINUTE,
    holdMsMax: 30 * MINUTE,
    holdWindowMs: 6 * HOUR,
    configSignsMin: 2,
    trustedAt: 0.9,
    factorMin: 0.05,
    downFactor: 0.02,
    degradedFactor: 0.1,
    slowFactor: 0.3,
  },
  demand: {
    freeCheckMs: MINUTE,
    freeCheckSuspectMs: 15 * SECOND,
    freeCheckDownMs: 30 * SECOND,
    freeCheckFrozenMs: 15 * SECOND,
    routineShare: 0.8,
    routineCap: 0.88,
    confirmCap: 0.92,
    gainStep: 0.02,
    gainMin: 0.1,
    gainMax: 8,
    unseenMsMax: 12 * HOUR,
    contentEvery: 4,
    reportGaps: 3,
    worthOne: 2,
    worthTwo: 6,
    worthBurst: 20,
    burst: 3,
    burstGapMs: 10 * SECOND,
    burstsPerHourMax: 14,
    recoverShare: 0.06,
    recoverMsMin: MINUTE,
    recoverMsMax: 10 * MINUTE,
    billedFailsFactor: 3,
    blindEveryMs: 10 * MINUTE,
    onsetWeight: 2,
    hazardMin: 0.3,
    hazardMax: 4,
    profileShare: 0.85,
    profilePower: 0.8,
    openJobsMax: 12,
    patience: 6,
    patienceMsMin: 5 * MINUTE,
    patienceMsMax: 15 * MINUTE,
  },
  ourselves: {
    windowMs: 150 * SECOND,
    providersMin: 4,
    beginShare: 0.6,
    endShare: 0.4,
    failingMin: 3,
    freezeMs: 30 * SECOND,
    forgetMs: 5 * MINUTE,
  },
};

/** As the reference implementation has it: certainty and senders unbounded, one level for closing, nothing shared. */
export const REFERENCE_DETECTION: DetectionPolicy = {
  ...DEFAULT_DETECTION,
  belief: { ...DEFAULT_BELIEF, certaintyMax: 1, siblingShare: 0, senderFactorMax: Infinity },
  judgement: { ...DEFAULT_DETECTION.judgement, clearDownAt: 0.15, clearDegradedAt: 0.15 },
  demand: { ...DEFAULT_DETECTION.demand, profilePower: 0, routineCap: 0.95, confirmCap: 1 },
};

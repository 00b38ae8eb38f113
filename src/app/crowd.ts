/** Users' jobs of one target, gathered until they are told: however many, a bounded amount of memory and of words. */

import type { Instant } from '../core/base.ts';
import { fraction } from '../core/base.ts';
import type { TargetEvent, UserReport } from '../core/model.ts';
import type { UserJob } from '../core/outcomes.ts';
import { causeOfJob, meaningOf, ODD_SHARE } from '../core/outcomes.ts';

/** Reporters of one sender that are told apart; those beyond share voices. Senders are as many as there are tokens. */
export const VOICES_MAX = 256;
const SHARED_VOICES = 32;

/** A job as it was taken: instants are filled in. */
export interface Ended {
  job: UserJob;
  at: Instant;
  /** Whose token it came with. */
  sender: string;
}

interface Voice {
  good: number;
  bad: number;
  newestGood: Ended | null;
  newestBad: Ended | null;
}

export interface Crowd {
  openedAt: Instant;
  good: number;
  bad: number;
  /** By sender, and then by reporter: nobody can crowd out another sender's users. */
  senders: Map<string, Map<string, Voice>>;
  /** The newest job that spoke of a key or an account. */
  odd: Ended | null;
}

export function emptyCrowd(at: Instant): Crowd {
  return { openedAt: at, good: 0, bad: 0, senders: new Map(), odd: null };
}

/** Takes a job in; one that says nothing about the provider leaves no trace. */
export function join(crowd: Crowd, ended: Ended): void {
  const meaning = meaningOf(ended.job);
  if (meaning === null) return;
  if (meaning === 'auth' || meaning === 'quota') {
    crowd.odd = ended;
    return;
  }
  const voice = voiceOf(voicesOf(crowd.senders, ended.sender), ended.job.reporter ?? '');
  if (meaning === 'ok') {
    crowd.good += 1;
    voice.good += 1;
    voice.newestGood = ended;
  } else {
    crowd.bad += 1;
    voice.bad += 1;
    voice.newestBad = ended;
  }
}

export function isEmpty({ good, bad, odd }: Crowd): boolean {
  return good + bad === 0 && odd === null;
}

/** Whether so much fails that it should be heard at once. */
export function isOdd({ good, bad, odd }: Crowd): boolean {
  return odd !== null || (bad > 0 && bad >= ODD_SHARE * (good + bad));
}

/**
 * The crowd as one event: each reporter has one voice, good or bad as its own jobs are in the mean, and of many voices
 * a few stand for all, as many of each sender as of any other, and of a sender's in proportion. Shares are rounded by a
 * hash, so that over time they come out right and the same crowd always says the same.
 */
export function eventOf(
  crowd: Crowd,
  at: Instant,
  reportsMax: number,
): Extract<TargetEvent, { type: 'outcomes.reported' }> {
  const { good, bad, openedAt, odd } = crowd;
  let left = reportsMax;
  const fewestFirst = [...crowd.senders].sort(([, a], [, b]) => a.size - b.size);
  const reports = fewestFirst.flatMap(([sender, voices], n) => {
    const spoken = spokenBy(sender, voices, openedAt, Math.floor(left / (fewestFirst.length - n)));
    left -= spoken.length;
    return spoken;
  });
  if (odd !== null) reports.push(reportOf(odd));
  const spanMs = Math.max(0, at - openedAt);
  return { type: 'outcomes.reported', at, reports: reports.sort((a, b) => a.at - b.at), good, bad, spanMs };
}

/** So many of a sender's voices, which fail as often as all of them do. */
function spokenBy(
  sender: string,
  voices: ReadonlyMap<string, Voice>,
  openedAt: Instant,
  max: number,
): UserReport[] {
  const goods: UserReport[] = [];
  const bads: UserReport[] = [];
  for (const [reporter, voice] of voices) {
    const share = voice.bad / (voice.good + voice.bad);
    const isBad = share > fraction(`${sender} ${reporter} ${openedAt}`);
    const ended = isBad ? voice.newestBad : (voice.newestGood ?? voice.newestBad);
    if (ended !== null) (isBad ? bads : goods).push(reportOf(ended));
  }
  const all = goods.length + bads.length;
  const badMax =
    all <= max ? bads.length : Math.floor((max * bads.length) / all + fraction(`${sender} bad ${openedAt}`));
  return [...sample(bads, badMax), ...sample(goods, max - Math.min(badMax, bads.length))];
}

function voicesOf(senders: Map<string, Map<string, Voice>>, sender: string): Map<string, Voice> {
  const known = senders.get(sender);
  if (known !== undefined) return known;
  const voices = new Map<string, Voice>();
  senders.set(sender, voices);
  return voices;
}

function voiceOf(voices: Map<string, Voice>, reporter: string): Voice {
  const known = voices.get(reporter);
  if (known !== undefined) return known;
  const isFull = voices.size >= VOICES_MAX - SHARED_VOICES;
  const name = isFull ? `others ${Math.floor(fraction(reporter) * SHARED_VOICES)}` : reporter;
  const shared = voices.get(name);
  if (shared !== undefined) return shared;
  const voice = { good: 0, bad: 0, newestGood: null, newestBad: null };
  voices.set(name, voice);
  return voice;
}

/** Which of many are kept is drawn by a hash of whose they are. */
function sample(reports: readonly UserReport[], max: number): UserReport[] {
  if (reports.length <= max) return [...reports];
  const drawn = reports.map((report) => ({ report, by: fraction(`${report.reporter} ${report.at}`) }));
  return drawn
    .sort((a, b) => a.by - b.by)
    .slice(0, max)
    .map(({ report }) => report);
}

function reportOf({ job, at, sender }: Ended): UserReport {
  const is = meaningOf(job) ?? 'ok';
  const tookMs = job.latencyMs ?? (job.submittedAt === null ? null : at - job.submittedAt);
  const submittedAt = job.submittedAt ?? at - (job.latencyMs ?? 0);
  return {
    at,
    submittedAt,
    reporter: hashed(`${sender} ${job.reporter ?? ''}`),
    sender: hashed(sender),
    is,
    ...(is === 'ok' && tookMs !== null && tookMs > 0 && { tookMs }),
    ...(is !== 'ok' && { cause: causeOfJob(job) }),
  };
}

function hashed(name: string): string {
  return Math.floor(fraction(name) * 2 ** 32).toString(36);
}

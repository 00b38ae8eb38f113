/** Jobs that carry everything about themselves in their id, and how long they take. */

import { createHash } from 'node:crypto';
import { hash32, logNormal } from './random.ts';
import type { Draw } from './random.ts';
import { BAD_VIDEOS, PROVIDERS } from './types.ts';
import type { Job, Ordered, Outcome, ProviderName } from './types.ts';

const ID_LENGTH_MAX = 600;
const OUTCOMES: readonly Outcome[] = ['ok', 'failed', 'moderated'];
const VIDEOS: readonly Job['video'][] = ['good', ...BAD_VIDEOS];

interface Pace {
  queueMs: number;
  generateMs: number;
}

// Medians in real time. Chosen to feel like the real services; no provider publishes such figures.
const PACES: Record<string, Pace> = {
  'runway/gen4.5': { queueMs: 6_000, generateMs: 75_000 },
  'runway/wan3': { queueMs: 5_000, generateMs: 55_000 },
  'kling/kling-2.5-turbo': { queueMs: 12_000, generateMs: 85_000 },
  'kling/kling-3.0': { queueMs: 15_000, generateMs: 95_000 },
  'fal/fal-ai/pika/v2.2/text-to-video': { queueMs: 8_000, generateMs: 62_000 },
  'openai/sora-2': { queueMs: 10_000, generateMs: 90_000 },
};
const PACE: Pace = { queueMs: 8_000, generateMs: 70_000 };
const QUEUE_SIGMA = 0.4;
const GENERATE_SIGMA = 0.18;

/** Makes a job of an order: how long it waits and works is drawn, how it ends is given. */
export function createJob(given: {
  ordered: Ordered;
  now: number;
  draw: Draw;
  speed: number;
  factor: number;
  outcome: Outcome;
  video: Job['video'];
}): Job {
  const { ordered, now, draw } = given;
  const pace = PACES[`${ordered.provider}/${ordered.model}`] ?? PACE;
  const scale = given.factor / given.speed;
  const startsAt = Math.round(now + logNormal(draw, pace.queueMs, QUEUE_SIGMA) * scale);
  const readyAt = Math.round(startsAt + logNormal(draw, pace.generateMs, GENERATE_SIGMA) * scale);
  const nonce = Math.floor(draw() * 0xffffff);
  const fields = [
    PROVIDERS.indexOf(ordered.provider),
    ordered.model,
    now,
    startsAt - now,
    readyAt - startsAt,
    OUTCOMES.indexOf(given.outcome),
    VIDEOS.indexOf(given.video),
    ordered.width,
    ordered.height,
    ordered.seconds,
    ordered.costUsd,
    nonce,
  ];
  const body = Buffer.from(JSON.stringify(fields)).toString('base64url');
  const job = readJob(`${body}${checkSum(body)}`);
  if (job === null) throw new Error(`a job id that cannot be read back: ${JSON.stringify(fields)}`);
  return job;
}

/** Reads a job out of its id; null for an id that was not made by `createJob`. */
export function readJob(id: string): Job | null {
  if (id.length > ID_LENGTH_MAX || !/^[\w-]{9,}$/.test(id)) return null;
  const body = id.slice(0, -8);
  if (checkSum(body) !== id.slice(-8)) return null;
  const fields = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as (number | string)[];
  const number = (index: number) => Number(fields[index]);
  const provider: ProviderName | undefined = PROVIDERS[number(0)];
  const outcome = OUTCOMES[number(5)];
  const video = VIDEOS[number(6)];
  if (provider === undefined || outcome === undefined || video === undefined) return null;
  const createdAt = number(2);
  return {
    id,
    provider,
    model: String(fields[1]),
    createdAt,
    startsAt: createdAt + number(3),
    readyAt: createdAt + number(3) + number(4),
    outcome,
    video,
    width: number(7),
    height: number(8),
    seconds: number(9),
    costUsd: number(10),
  };
}

/** Where a job stands now; `progress` is 0..1. */
export function stageOf(job: Job, now: number): { is: 'queued' | 'running' | 'over'; progress: number } {
  if (now < job.startsAt) return { is: 'queued', progress: 0 };
  if (now >= job.readyAt) return { is: 'over', progress: 1 };
  const progress = (now - job.startsAt) / Math.max(1, job.readyAt - job.startsAt);
  return { is: 'running', progress: Math.round(progress * 100) / 100 };
}

/** A UUID that always belongs to this text, for request ids. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function checkSum(body: string): string {
  return hash32(`reelwatch-simulator:${body}`).toString(16).padStart(8, '0');
}

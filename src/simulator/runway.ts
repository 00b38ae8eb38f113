/**
 * Runway's API, mounted at `/runway`.
 * Shapes from the types of @runwayml/sdk 4.20.1, its OpenAPI and docs.dev.runwayml.com, read 2026-11-21.
 */

import { asText, json, keyOf, readObject } from './answers.ts';
import { stageOf } from './jobs.ts';
import { RUNWAY_MODELS } from './runway-models.ts';
import { readRunwayOrder } from './runway-orders.ts';
import type { RunwayIssue } from './runway-orders.ts';
import type { Job, Says, World } from './types.ts';

const DOCS = 'https://docs.dev.runwayml.com/api';
const VERSION = '2024-11-06';
const CREDITS = 10_000_000;
const says = {
  down: () => json(503, { error: 'Service temporarily unavailable.' }),
  rateLimited: () => json(429, { error: 'Too many requests. Please slow down.' }, { 'retry-after': '20' }),
  // The vendor documents the status but no body (unverified, 2026-11-21).
  badKey: () => json(401, { error: 'Unauthorized: the API key is missing, invalid or disabled.' }),
  noCredit: () => json(400, { error: 'You do not have enough credits to run this task.', docUrl: DOCS }),
  notFound: () => json(404, { error: 'Task not found.' }),
  invalid: (issues: RunwayIssue[]) => json(400, { error: 'Validation of body failed', issues, docUrl: DOCS }),
} satisfies Says & Record<string, (...args: never[]) => Response>;

export async function handleRunway(request: Request, world: World): Promise<Response> {
  const path = new URL(request.url).pathname.slice('/runway'.length);
  const route = `${request.method} ${path}`;
  if (route === 'POST /v1/text_to_video') return submit(request, world);
  if (route === 'GET /v1/organization') return organization(request, world);
  if (route === 'POST /v1/organization/usage') return usage(request, world);
  const task = /^(GET|DELETE) \/v1\/tasks\/([^/]+)$/.exec(route);
  if (task === null) return json(404, { error: `Not found: ${route}` });
  return task[1] === 'GET' ? poll(request, world, task[2] ?? '') : remove(request, world, task[2] ?? '');
}

async function submit(request: Request, world: World): Promise<Response> {
  const body = (await readObject(request)) ?? {};
  const model = asText(body['model']);
  const struck = await world.strike(request, { provider: 'runway', model, step: 'submit' }, says);
  const refusal = struck ?? refuseCaller(request);
  if (refusal !== null) return refuse(world, refusal);
  const order = readRunwayOrder(body, world.suffers('runway', 'model_gone', model));
  if ('issues' in order) return refuse(world, says.invalid(order.issues));
  if (world.suffers('runway', 'no_credit', model)) return refuse(world, says.noCredit());
  const job = world.accept(order);
  return json(200, { id: job.id, estimatedCost: { credits: creditsOf(job) } });
}

async function poll(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('runway', id);
  world.count('runway', 'polls');
  const call = { provider: 'runway', model: job?.model ?? null, step: 'poll' } as const;
  const refusal = (await world.strike(request, call, says)) ?? refuseCaller(request);
  if (refusal !== null) return refusal;
  if (job === null || world.isForgotten(id)) return says.notFound();
  return json(200, { id, createdAt: new Date(job.createdAt).toISOString(), ...standing(job, world) });
}

function standing(job: Job, world: World): Record<string, unknown> {
  const credits = creditsOf(job);
  const stage = stageOf(job, world.now());
  if (stage.is === 'queued') return { status: 'PENDING', estimatedCost: { credits } };
  if (stage.is === 'running')
    return { status: 'RUNNING', progress: stage.progress, estimatedCost: { credits } };
  if (job.outcome === 'ok') return { status: 'SUCCEEDED', output: [world.assetUrl(job)], cost: { credits } };
  // Refusals by the input filter are charged, internal failures are refunded (errors/task-failures, 2026-11-21).
  return job.outcome === 'moderated'
    ? failed('SAFETY.INPUT.TEXT', 'This content did not pass moderation.', credits)
    : failed('INTERNAL', 'An unexpected error occurred.', 0);
}

function failed(failureCode: string, failure: string, credits: number): Record<string, unknown> {
  return { status: 'FAILED', failure, failureCode, cost: { credits } };
}

async function remove(request: Request, world: World, id: string): Promise<Response> {
  const job = world.open('runway', id);
  world.count('runway', 'cancels');
  const call = { provider: 'runway', model: job?.model ?? null, step: 'cancel' } as const;
  const refusal = (await world.strike(request, call, says)) ?? refuseCaller(request);
  if (refusal !== null) return refusal;
  if (job === null || world.isForgotten(id)) return says.notFound();
  world.forget(job);
  return new Response(null, { status: 204 });
}

async function organization(request: Request, world: World): Promise<Response> {
  world.count('runway', 'checks');
  const call = { provider: 'runway', model: null, step: 'check' } as const;
  const refusal = (await world.strike(request, call, says)) ?? refuseCaller(request);
  if (refusal !== null) return refusal;
  const names = Object.keys(RUNWAY_MODELS).filter((name) => !world.suffers('runway', 'model_gone', name));
  const orders = world.submits('runway');
  const spent = orders.reduce((sum, order) => sum + order.costUsd * 100, 0);
  const daily = (name: string) => orders.filter((order) => order.model === name).length;
  return json(200, {
    creditBalance: world.suffers('runway', 'no_credit', null) ? 0 : Math.max(0, Math.round(CREDITS - spent)),
    tier: {
      maxMonthlyCreditSpend: CREDITS,
      models: byName(names, () => ({ maxConcurrentGenerations: 3, maxDailyGenerations: 5_000 })),
    },
    usage: { models: byName(names, (name) => ({ dailyGenerations: daily(name) })) },
  });
}

async function usage(request: Request, world: World): Promise<Response> {
  world.count('runway', 'checks');
  const call = { provider: 'runway', model: null, step: 'check' } as const;
  const refusal = (await world.strike(request, call, says)) ?? refuseCaller(request);
  if (refusal !== null) return refusal;
  const days = new Map<string, Map<string, number>>();
  for (const order of world.submits('runway')) {
    const date = new Date(order.at).toISOString().slice(0, 10);
    const day = days.get(date) ?? new Map<string, number>();
    day.set(order.model, (day.get(order.model) ?? 0) + Math.round(order.costUsd * 100));
    days.set(date, day);
  }
  const results = [...days].map(([date, used]) => ({
    date,
    usedCredits: [...used].map(([model, amount]) => ({ model, amount })),
  }));
  return json(200, { models: Object.keys(RUNWAY_MODELS), results });
}

function refuseCaller(request: Request): Response | null {
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  if (request.headers.get('x-runway-version') !== VERSION)
    return json(400, { error: `The X-Runway-Version header must be ${VERSION}.`, docUrl: DOCS });
  return null;
}

function refuse(world: World, answer: Response): Response {
  world.count('runway', 'refused');
  return answer;
}

/** Some models cost tenths of a credit a second; that a job's sum keeps them is unverified. */
function creditsOf(job: Job): number {
  return Math.round(job.costUsd * 1_000) / 10;
}

function byName<T>(names: readonly string[], value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

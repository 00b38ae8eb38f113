/** Reads what Runway is asked for, as strictly as the real one does. */

import { asText } from './answers.ts';
import { RUNWAY_MODELS, type RunwayModel } from './runway-models.ts';
import type { Ordered } from './types.ts';

const SEED_MAX = 4_294_967_295;
const SECONDS_DEFAULT = 5;
const EXPANSIONS = ['disabled', 'balanced', 'quality'];

export interface RunwayIssue {
  code: string;
  path: string[];
  message: string;
}

/** Reads the body of an order; `issues` lists what is wrong, as the real one does with status 400. */
export function readRunwayOrder(
  body: Record<string, unknown>,
  isGone: boolean,
): Ordered | { issues: RunwayIssue[] } {
  const name = asText(body['model']);
  const model = Object.hasOwn(RUNWAY_MODELS, name) && !isGone ? RUNWAY_MODELS[name] : undefined;
  if (model === undefined)
    return { issues: [issue('model', `Expected ${Object.keys(RUNWAY_MODELS).join(' | ')}`)] };
  const issues = [...issuesIn(body, model)];
  if (issues.length > 0) return { issues };
  const seconds = secondsOf(body['duration'], model);
  const ratio = asText(body['ratio'] ?? model.ratios[0] ?? '16:9');
  const resolution = asText(body['resolution']) || (Object.keys(model.resolutions)[0] ?? '');
  const [width, height] = sizeOf(ratio, model.resolutions[resolution]);
  const perSecond = model.credits.findLast(([min]) => Math.min(width, height) >= min)?.[1] ?? 0;
  const dearer = model.optional.includes('audio') && body['audio'] !== false ? model.soundFactor : 1;
  const credits = Math.max(model.creditsMin, Math.round(perSecond * dearer * seconds * 10) / 10);
  return {
    provider: 'runway',
    model: name,
    width,
    height,
    seconds,
    costUsd: credits / 100,
    prompt: asText(body['promptText']),
  };
}

function secondsOf(asked: unknown, model: RunwayModel): number {
  if (typeof asked === 'number') return asked;
  if (asked === 'auto') return model.seconds.at(-1) ?? SECONDS_DEFAULT;
  return model.seconds.find((seconds) => seconds >= SECONDS_DEFAULT) ?? SECONDS_DEFAULT;
}

function* issuesIn(body: Record<string, unknown>, model: RunwayModel): Generator<RunwayIssue> {
  const words = Object.keys(model.resolutions);
  const lacks = (field: string) => body[field] === undefined && !model.required.includes(field);
  const prompt = asText(body['promptText']);
  if (!lacks('promptText') && (prompt === '' || prompt.length > model.promptUnitsMax))
    yield issue('promptText', `String must contain 1 to ${model.promptUnitsMax} characters`);
  if (model.ratios.length > 0 && !lacks('ratio') && !model.ratios.includes(asText(body['ratio'])))
    yield issue('ratio', `Expected ${model.ratios.join(' | ')}`);
  if (!lacks('duration') && !(takesAuto(body, model) || model.seconds.includes(body['duration'] as number)))
    yield issue('duration', 'Invalid duration for this model');
  if (words.length > 0 && !lacks('resolution') && !words.includes(asText(body['resolution'])))
    yield issue('resolution', `Expected ${words.join(' | ')}`);
  yield* optionalIssues(body, model);
  const fields = ['model', 'promptText', 'duration', ...model.optional];
  if (model.ratios.length > 0) fields.push('ratio');
  if (words.length > 0) fields.push('resolution');
  for (const field of Object.keys(body))
    if (!fields.includes(field))
      yield { code: 'unrecognized_keys', path: [field], message: 'Unrecognized key' };
}

function* optionalIssues(body: Record<string, unknown>, model: RunwayModel): Generator<RunwayIssue> {
  const { seed, audio, negativePrompt, promptExpansionMode: expansion } = body;
  const takes = (field: string) => body[field] !== undefined && model.optional.includes(field);
  if (takes('seed') && !(Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) <= SEED_MAX))
    yield issue('seed', `Expected an integer from 0 to ${SEED_MAX}`);
  if (takes('audio') && typeof audio !== 'boolean') yield issue('audio', 'Expected boolean');
  if (takes('negativePrompt') && typeof negativePrompt !== 'string')
    yield issue('negativePrompt', 'Expected string');
  if (takes('promptExpansionMode') && !EXPANSIONS.includes(asText(expansion)))
    yield issue('promptExpansionMode', `Expected ${EXPANSIONS.join(' | ')}`);
}

function takesAuto(body: Record<string, unknown>, model: RunwayModel): boolean {
  return model.auto && body['duration'] === 'auto';
}

function sizeOf(ratio: string, side: number | undefined): [width: number, height: number] {
  const [across = 16, down = 9] = ratio.split(':').map(Number);
  if (side === undefined) return [across, down];
  const long = Math.round((side * Math.max(across, down)) / Math.min(across, down) / 2) * 2;
  return across >= down ? [long, side] : [side, long];
}

function issue(field: string, message: string): RunwayIssue {
  return { code: 'invalid_value', path: [field], message };
}

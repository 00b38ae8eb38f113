/** What Bedrock's video models take. */

import { asObject, asText } from './answers.ts';
import type { Ordered } from './types.ts';

const REEL_CHARACTERS_MAX = 512;
const RAY_CHARACTERS_MAX = 5_000;
const RAY_SIDES: Readonly<Record<string, number>> = { '540p': 540, '720p': 720 };
/** Dollars per second, as AWS listed them in 2025. */
const PRICES: Readonly<Record<string, number>> = { '540p': 0.75, '720p': 1.5 };
const REEL_PRICE = 0.08;

type Fields = Record<string, unknown>;

/** Where an order wants its video, without a slash at the end; null where that is no address of a bucket. */
export function outputIn(body: Fields): string | null {
  const s3 = asObject(asObject(body['outputDataConfig'])?.['s3OutputDataConfig']);
  const uri = asText(s3?.['s3Uri']);
  return /^s3:\/\/[a-z0-9.-]{3,63}(\/|$)/.test(uri) ? uri.replace(/\/+$/, '') : null;
}

/** Reads the body of StartAsyncInvoke; the answer is a sentence where something in it is wrong. */
export function readBedrockOrder(body: Fields, model: string): Ordered | string {
  const input = asObject(body['modelInput']);
  if (outputIn(body) === null) return 'Invalid Output Config/Credentials';
  if (!/^[!-~]{0,256}$/.test(asText(body['clientRequestToken'])))
    return 'clientRequestToken failed to satisfy constraint';
  if (input === null) return 'modelInput is required';
  const key = asText(body['clientRequestToken']);
  if (model === 'luma.ray-v2:0') return readRay(input, model, key);
  if (/^amazon\.nova-reel-v1:[01]$/.test(model)) return readReel(input, model, key);
  return 'The provided model identifier is invalid.';
}

function readRay(input: Fields, model: string, key: string): Ordered | string {
  const strange = strangers(input, ['prompt', 'aspect_ratio', 'loop', 'duration', 'resolution', 'keyframes']);
  if (strange !== null) return strange;
  const prompt = asText(input['prompt']);
  if (prompt === '' || prompt.length > RAY_CHARACTERS_MAX) return 'prompt must have 1 to 5000 characters';
  const resolution = asText(input['resolution'] ?? '720p');
  const side = RAY_SIDES[resolution];
  const aspect = asText(input['aspect_ratio'] ?? '16:9');
  const seconds = { '5s': 5, '9s': 9 }[asText(input['duration'] ?? '5s')];
  if (side === undefined) return 'resolution must be one of 540p, 720p';
  if (aspect !== '16:9' && aspect !== '9:16') return 'aspect_ratio is not one that is simulated';
  if (seconds === undefined) return 'duration must be one of 5s, 9s';
  const long = (side * 16) / 9;
  const [width, height] = aspect === '16:9' ? [long, side] : [side, long];
  const costUsd = (PRICES[resolution] ?? 0) * seconds;
  return { provider: 'bedrock', model, width, height, seconds, costUsd, prompt, key };
}

function readReel(input: Fields, model: string, key: string): Ordered | string {
  const config = asObject(input['videoGenerationConfig']);
  const strange =
    strangers(input, ['taskType', 'textToVideoParams', 'videoGenerationConfig']) ??
    strangers(config ?? {}, ['durationSeconds', 'fps', 'dimension', 'seed']);
  if (strange !== null) return strange;
  const prompt = asText(asObject(input['textToVideoParams'])?.['text']);
  if (input['taskType'] !== 'TEXT_VIDEO') return 'taskType must be TEXT_VIDEO';
  if (prompt === '' || prompt.length > REEL_CHARACTERS_MAX) return 'text must have 1 to 512 characters';
  if (config?.['durationSeconds'] !== 6 || config['fps'] !== 24 || config['dimension'] !== '1280x720')
    return 'videoGenerationConfig must be 6 seconds, 24 fps, 1280x720';
  return {
    provider: 'bedrock',
    model,
    width: 1280,
    height: 720,
    seconds: 6,
    costUsd: REEL_PRICE * 6,
    prompt,
    key,
  };
}

function strangers(object: Fields, known: readonly string[]): string | null {
  const strange = Object.keys(object).filter((name) => !known.includes(name));
  return strange.length === 0 ? null : `extraneous key [${strange.join(', ')}] is not permitted`;
}

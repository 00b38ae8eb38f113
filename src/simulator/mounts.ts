/** Where each provider's API is mounted. Some providers have more than one: a platform beside, a store, a login. */

import { handleAzure } from './azure.ts';
import { handleBedrock, handleBedrockControl, handleS3 } from './bedrock.ts';
import { handleFal, handleFalPlatform } from './fal.ts';
import { handleGemini } from './gemini.ts';
import { handleKlingLegacy } from './kling-legacy.ts';
import { handleKling } from './kling.ts';
import { handleLtx } from './ltx.ts';
import { handleLumaLegacy } from './luma-legacy.ts';
import { handleLuma } from './luma.ts';
import { handleMinimaxV1 } from './minimax-v1.ts';
import { handleMinimax } from './minimax.ts';
import { handleOpenai } from './openai.ts';
import { handleOpenrouter } from './openrouter.ts';
import { handleReplicate } from './replicate.ts';
import { handleRunway } from './runway.ts';
import { handleSeedance } from './seedance.ts';
import { handleStability } from './stability.ts';
import { handleTogether } from './together.ts';
import { handleGoogleToken, handleStorage, handleVeo } from './veo.ts';
import { handleVercel } from './vercel.ts';
import { handleWan } from './wan.ts';
import { handleXai } from './xai.ts';
import type { World } from './types.ts';

type Handle = (request: Request, world: World) => Promise<Response> | Response;

const HANDLERS: Readonly<Record<string, Handle>> = {
  runway: handleRunway,
  kling: handleKling,
  'kling-legacy': handleKlingLegacy,
  fal: handleFal,
  'fal-platform': handleFalPlatform,
  openai: handleOpenai,
  luma: handleLuma,
  'luma-legacy': handleLumaLegacy,
  xai: handleXai,
  seedance: handleSeedance,
  gemini: handleGemini,
  ltx: handleLtx,
  azure: handleAzure,
  replicate: handleReplicate,
  veo: handleVeo,
  'google-token': handleGoogleToken,
  gcs: handleStorage,
  stability: handleStability,
  minimax: handleMinimax,
  'minimax-v1': handleMinimaxV1,
  openrouter: handleOpenrouter,
  vercel: handleVercel,
  together: handleTogether,
  wan: handleWan,
  bedrock: handleBedrock,
  'bedrock-control': handleBedrockControl,
  s3: handleS3,
};

/** Handlers by the first segment of the path, in one world. */
export function mountsOf(world: World): Record<string, (request: Request) => Promise<Response> | Response> {
  return Object.fromEntries(
    Object.entries(HANDLERS).map(([name, handle]) => [name, (request: Request) => handle(request, world)]),
  );
}

/** Every provider that the configuration can name. */

import type { AnyProvider } from './define.ts';
import { azure } from './azure.ts';
import { bedrock } from './bedrock.ts';
import { fal } from './fal.ts';
import { gemini } from './gemini.ts';
import { http } from './http.ts';
import { kling } from './kling.ts';
import { klingLegacy } from './kling-legacy.ts';
import { luma } from './luma.ts';
import { lumaLegacy } from './luma-legacy.ts';
import { minimax } from './minimax.ts';
import { minimaxV1 } from './minimax-v1.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { replicate } from './replicate.ts';
import { runway } from './runway.ts';
import { seedance } from './seedance.ts';
import { stability } from './stability.ts';
import { together } from './together.ts';
import { veo } from './veo.ts';
import { vercel } from './vercel.ts';
import { xai } from './xai.ts';
import { wan } from './wan.ts';

export const PROVIDERS: readonly AnyProvider[] = [
  runway,
  kling,
  klingLegacy,
  luma,
  lumaLegacy,
  gemini,
  veo,
  minimax,
  minimaxV1,
  seedance,
  xai,
  wan,
  stability,
  fal,
  replicate,
  openrouter,
  vercel,
  together,
  bedrock,
  openai,
  azure,
  http,
];

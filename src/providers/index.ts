/** Every provider that the configuration can name. */

import type { AnyProvider } from './define.ts';
import { fal } from './fal.ts';
import { kling } from './kling.ts';
import { openai } from './openai.ts';
import { runway } from './runway.ts';

export const PROVIDERS: readonly AnyProvider[] = [runway, kling, fal, openai];

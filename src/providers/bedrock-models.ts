/** What Bedrock's video models make, and how each takes an order. */

import type { Opaque } from '../core/model.ts';
import { catalogue, type Models } from './define.ts';
import type { Choice } from './plan.ts';
import { fill, valuesOf, type Template } from './template.ts';

export const LIFECYCLE_URL = 'https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html';

const checkedOn = '2026-11-21';
const luma = catalogue({
  source:
    'docs.aws.amazon.com/bedrock model-parameters-luma; prices as AWS listed them in 2025, unverified since',
  checkedOn,
});
const nova = catalogue({ source: 'docs.aws.amazon.com/nova; Bedrock model lifecycle', checkedOn });

/** Nova Reel makes one size in each length; its end is that of the lifecycle page. */
const REEL = nova(
  {
    seconds: [6],
    promptCharactersMax: 512,
    seed: true,
    endsOn: '2026-09-30',
    replacement: null,
    input: {
      taskType: 'TEXT_VIDEO',
      textToVideoParams: { text: '{prompt}' },
      videoGenerationConfig: {
        durationSeconds: '{seconds}',
        fps: 24,
        dimension: '{width}x{height}',
        seed: '{seed}',
      },
    },
  },
  { '720p': 0.08 },
  { '720p': { '16:9': [1280, 720] } },
);

const RAY_INPUT: Readonly<Record<string, Template>> = {
  prompt: '{prompt}',
  aspect_ratio: '{aspect}',
  loop: false,
  duration: '{seconds}s',
  resolution: '{resolution}',
};

export const MODELS: Models = {
  // A square is offered too, but its pixels are not told.
  'luma.ray-v2:0': luma(
    { seconds: [5, 9], promptCharactersMax: 5_000, input: RAY_INPUT },
    { '540p': 0.75, '720p': 1.5 },
  ),
  'amazon.nova-reel-v1:1': REEL,
  'amazon.nova-reel-v1:0': REEL,
};

/** The `modelInput` of an invocation. A model of the configuration that says nothing of its fields is taken for a Ray. */
export function request(models: Models): (choice: Choice) => Opaque {
  return (choice) => fill(models[choice.model]?.input ?? RAY_INPUT, valuesOf(choice));
}

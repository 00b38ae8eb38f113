/** Sora on Azure OpenAI, said to end on 2026-10-15; kept so that old configurations get the right answer. */

import { z } from 'zod';
import { address, secret } from '../ports/options.ts';
import type { Checked, SeenNotice } from '../ports/provider.ts';
import { catalogue, codeTable, defineProvider, waiting, type Models } from './define.ts';
import { endNotice, knownEnd } from './ends.ts';
import { planner } from './plan.ts';
import { causeOfSoraCode, explainSora, SORA, soraForm, soraJob, soraRequest, soraStatus } from './sora.ts';

const LIFECYCLE = 'https://learn.microsoft.com/azure/ai-foundry/openai/concepts/model-retirements';
const MODELS_MAX = 10_000;

/** The end from a public lesson on Azure's Sora as read on 2026-11-21; the price is OpenAI's own. */
const model = catalogue({
  source:
    'openai 7.57.0 resources/videos.d.ts; a public lesson on Sora in Azure; OpenAI’s video guide for the price',
  checkedOn: '2026-11-21',
});
const MODELS: Models = { 'sora-2': model({ ...SORA, endsOn: '2026-10-15' }, { '720p': 0.1 }) };

/** Azure's own codes beside those of OpenAI: remembered, not documented for videos, hence unverified. */
const ofAzure = codeTable({
  auth: 'PermissionDenied Unauthorized',
  model_missing: 'DeploymentNotFound',
  retired: 'ModelDeprecated ServiceModelDeprecated',
  moderated: 'content_filter contentFilter',
  rate_limited: 'RateLimitReached too_many_requests',
});
const causeOfCode = (code: string | null) => ofAzure(code) ?? causeOfSoraCode(code);

const listed = z.object({ id: z.string(), deprecation: z.unknown() }).partial({ deprecation: true });
const list = z.object({ data: z.array(listed).max(MODELS_MAX) });
/** Seconds since the epoch, up to the year 2100 (Azure's OpenAIAuthoring 2024-10-21, example of the model list). */
const ending = z.object({ inference: z.int().positive().max(4_102_444_800) });

/** The list names models with their versions, orders name deployments: `sora-2` is met as `sora-2-2025-12-08` too. */
function isOf(id: string, model: string): boolean {
  return (
    id === model || (id.startsWith(`${model}-`) && /^\d{4}-\d{2}-\d{2}$/.test(id.slice(model.length + 1)))
  );
}

/** The end that the list states for a model; of several versions the last to end counts. */
function endsOf(model: string, data: readonly z.output<typeof listed>[], now: number): SeenNotice[] {
  const ends = data.map(({ deprecation }) => ending.safeParse(deprecation).data?.inference ?? null);
  if (ends.length === 0 || ends.includes(null)) return [];
  const at = Math.max(...ends.map((seconds) => (seconds ?? 0) * 1_000));
  return [
    endNotice('azure', model, { at, replacement: null, source: 'azure models API', url: LIFECYCLE }, now),
  ];
}

export const azure = defineProvider({
  name: 'azure',
  title: 'Azure OpenAI Sora',
  docs: {
    url: 'https://learn.microsoft.com/azure/ai-foundry/openai/concepts/video-generation',
    checkedOn: '2026-11-21',
  },
  auth: 'the header `api-key`',
  freeCheck: 'the list of models, with the time at which inference ends',
  parity: { sdk: 'openai' },
  unverified: [
    'Whether orders are answered with 410 since the end on 2026-10-15.',
    'Azure’s own price: OpenAI’s is assumed.',
    'The codes that Azure gives for videos, but for a deployment that is missing.',
  ],
  options: z.strictObject({
    apiKey: secret('A key of the Azure OpenAI resource; tokens of Entra are not taken.'),
    baseUrl: address('Where the resource answers: https://{resource}.openai.azure.com/openai/v1.'),
    apiVersion: z
      .string()
      .regex(/^[\w.-]{1,40}$/, 'Expected a version such as preview')
      .meta({ description: 'What is sent as `api-version`. Without it nothing is sent.' })
      .optional(),
    ...waiting('15s'),
  }),
  models: MODELS,
  create: ({ options, http, models, now }) => {
    const api = http.at(options.baseUrl, { 'api-key': options.apiKey });
    const query = options.apiVersion === undefined ? '' : `?api-version=${options.apiVersion}`;
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, soraRequest),
      submit: async (order, _key, signal) => {
        const payload = { form: soraForm.parse(order.request) };
        const { body } = await api.send('POST', `/videos${query}`, payload, soraJob, signal);
        return { job: { id: body.id }, jobId: body.id, costUsd: null };
      },
      poll: async (saved, signal) =>
        (await api.get(`/videos/${soraJob.parse(saved).id}${query}`, soraStatus, signal)).body,
      download: (asset, limits, signal) =>
        api.download(`${asset.path}${query}`, limits, signal, { headers: { accept: 'application/binary' } }),
      // DELETE is for finished videos; a running one cannot be stopped (openai 7.57.0 types).
      cancel: null,
      check: async (model, signal): Promise<Checked> => {
        const { body } = await api.get(`/models${query}`, list, signal);
        const versions = body.data.filter(({ id }) => isOf(id, model));
        return {
          text: `${body.data.length} models listed, ${model} ${versions.length > 0 ? 'among them' : 'not among them'}`,
          balanceUsd: null,
          notices: endsOf(model, versions, now()),
          // A deployment may have a name of its own, which no list of models has.
          isListed: versions.length > 0 ? true : null,
        };
      },
      explain: (error) => explainSora(error, causeOfCode),
      causeOfJobCode: causeOfCode,
      knownNotice: knownEnd('azure', models, LIFECYCLE),
    };
  },
});

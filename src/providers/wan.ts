/** Alibaba's Wan in Model Studio (DashScope): an asynchronous task, its video at an address that lives for a day. */

import { z } from 'zod';
import type { Cause, Opaque } from '../core/model.ts';
import type { HttpError, Reply } from '../ports/http.ts';
import { address, secret } from '../ports/options.ts';
import type { Checked, Explained, JobStatus } from '../ports/provider.ts';
import {
  catalogue,
  codeTable,
  defineProvider,
  range,
  waiting,
  type ModelFacts,
  type Models,
} from './define.ts';
import { knownEnd } from './ends.ts';
import { planner, type Choice } from './plan.ts';
import {
  allowing,
  codeOf,
  costing,
  errorIn,
  fieldsOf,
  jobId,
  noSuchJob,
  plainText,
  readAs,
  readError,
  say,
  videoUrl,
} from './read.ts';
import { fill, valuesOf, type Template } from './template.ts';

const SYNTHESIS = '/api/v1/services/aigc/video-generation/video-synthesis';
const NEGATIVE_CHARACTERS_MAX = 500;

/** Prices of Singapore; those of Beijing are in yuan. Prime's is what Runway, fal and Venice state or work out to. */
const model = catalogue({
  source:
    '@ai-sdk/alibaba 2.0.58; help.aliyun.com/zh/model-studio pages of Wan as a public index quotes them on 2026-09-02',
  checkedOn: '2026-11-21',
});

const HD = {
  '720p': { '16:9': [1280, 720], '9:16': [720, 1280], '1:1': [960, 960] },
  '1080p': { '16:9': [1920, 1080], '9:16': [1080, 1920], '1:1': [1440, 1440] },
} as const satisfies ModelFacts['sizes'];
const SIZES: ModelFacts['sizes'] = {
  '480p': { '16:9': [832, 480], '9:16': [480, 832], '1:1': [624, 624] },
  ...HD,
};

/** `parameters` up to Wan 2.6, and since Wan 2.7; a prompt that the vendor rewrites would hide what was asked for. */
const BY_SIZE = { duration: '{seconds}', seed: '{seed}', size: '{width}*{height}', prompt_extend: false };
const BY_RATIO = {
  duration: '{seconds}',
  seed: '{seed}',
  resolution: '{resolution}',
  ratio: '{aspect}',
  prompt_extend: false,
};
/** Wan 3.0's page has no `prompt_extend`. */
const WAN_3_FIELDS = {
  duration: '{seconds}',
  seed: '{seed}',
  resolution: '{resolution}',
  ratio: '{aspect}',
  audio: '{audio}',
};

/** Whether Wan 3.0 reads `negative_prompt` is unverified, hence not sent. Sound is on by default and costs nothing. */
const WAN_3 = {
  seconds: range(2, 30),
  promptCharactersMax: 20_000,
  seed: true,
  audio: true,
  input: WAN_3_FIELDS,
};
const WAN_2 = { promptCharactersMax: 1_500, seed: true, negativePrompt: true, input: BY_SIZE };
const WAN_2_7 = { ...WAN_2, seconds: range(2, 15), promptCharactersMax: 5_000, input: BY_RATIO };
const HD_PRICE = { '720p': 0.1, '1080p': 0.15 };

const MODELS: Models = {
  'wan3.0-video': model(WAN_3, { '480p': 0.05, '720p': 0.1, '1080p': 0.2 }, SIZES),
  'wan3.0-video-prime': model(WAN_3, { '480p': 0.068, '720p': 0.14, '1080p': 0.28 }, SIZES),
  // Their videos have sound, which no field turns off.
  'wan2.7-t2v': model(WAN_2_7, HD_PRICE, HD),
  'wan2.7-t2v-2026-06-12': model(WAN_2_7, HD_PRICE, HD),
  'wan2.6-t2v': model({ ...WAN_2, seconds: range(2, 15) }, HD_PRICE, HD),
  'wan2.5-t2v-preview': model({ ...WAN_2, seconds: [5, 10] }, { '480p': 0.05, ...HD_PRICE }, SIZES),
};

/** A model of the configuration without fields of its own is asked like the newest. */
function request(models: Models, choice: Choice): Opaque {
  const { model, prompt, negativePrompt } = choice;
  const template: Template = models[model]?.input ?? WAN_3_FIELDS;
  const values = { ...valuesOf(choice), resolution: choice.resolution.replace(/p$/, 'P') };
  return {
    model,
    input: {
      prompt,
      ...(negativePrompt !== null && { negative_prompt: negativePrompt.slice(0, NEGATIVE_CHARACTERS_MAX) }),
    },
    parameters: fill(template, values),
  };
}

const envelope = z
  .object({ output: z.unknown(), usage: z.unknown(), code: z.unknown(), message: z.unknown() })
  .partial();
const accepted = z.object({ task_id: jobId });
const task = z.object({ task_status: z.string().max(100) });
const usage = z.object({ duration: z.number() });
const saved = z.object({ id: jobId, usdPerSecond: z.number().nullable() });

type Envelope = z.output<typeof envelope>;

/** An error may come with status 200: it has a code and no output, and is thrown as the door would have thrown it. */
function outputOf(reply: Reply<Envelope>): unknown {
  const { output, code, message } = reply.body;
  if (output !== undefined || codeOf(code) === null) return output;
  const text = `DashScope answered with ${codeOf(code)}: ${say(message) ?? 'no message'}`;
  throw errorIn(reply, 'status', text);
}

function statusOf({ id, usdPerSecond }: z.output<typeof saved>, reply: Reply<Envelope>): JobStatus {
  const output = outputOf(reply);
  const { task_status: status } = readAs(task, output, reply);
  const { video_url: url, code, message } = fieldsOf(output);
  switch (status) {
    case 'PENDING':
      return { is: 'pending', phase: 'queue', progress: null };
    case 'RUNNING':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'SUCCEEDED': {
      const seconds = usage.safeParse(reply.body.usage).data?.duration;
      const costUsd = seconds === undefined || usdPerSecond === null ? null : seconds * usdPerSecond;
      const asset = { at: 'foreign', url: readAs(videoUrl, url, reply) } as const;
      return { is: 'done', asset, ...costing(costUsd, 'computed') };
    }
    case 'FAILED': {
      const text = say(message) ?? 'the task failed without a reason';
      return { is: 'failed', code: codeOf(code), message: text, costUsd: null };
    }
    case 'CANCELED':
      return { is: 'failed', code: status, message: 'the task was cancelled', costUsd: null };
    // So it calls a task that it does not know, or has forgotten after a day.
    case 'UNKNOWN':
      throw noSuchJob('DashScope', id);
    default:
      return { is: 'strange', word: status };
  }
}

/** Codes from the vendor's pages as a public index quotes them on 2026-08-23 and 2026-09-02. */
const listed = codeTable({
  auth: 'InvalidApiKey',
  no_access: 'AccessDenied AccessDenied.Unpurchased Model.AccessDenied Workspace.AccessDenied',
  no_credit: 'Arrearage isv.OUT_OF_SERVICE AllocationQuota.FreeTierOnly',
  bad_request: 'InvalidParameter UnsupportedOperation',
  model_missing: 'ModelNotFound',
  moderated: 'DataInspectionFailed IPInfringementSuspect',
  rate_limited: 'Throttling',
  unavailable: 'InternalError ModelUnavailable',
  timeout: 'RequestTimeOut',
  interrupted: 'CANCELED',
});

/** `Throttling.RateQuota` and the like mean what stands before the point, where they are not listed themselves. */
function causeOfCode(code: string): Cause | null {
  return listed(code) ?? listed(/^(InternalError|InvalidParameter|Throttling)\./.exec(code)?.[1] ?? null);
}

/** A missing model comes as `InvalidParameter` too, and only the sentence tells (public tests of 2026). */
const NO_MODEL = /\bmodel (does )?not exist/i;

function explain(error: HttpError): Explained {
  const body = readError(error.body);
  const code = codeOf(body['code']);
  const message = say(body['message']) ?? plainText(error);
  if (code === 'InvalidParameter' && NO_MODEL.test(message)) return { code, message, cause: 'model_missing' };
  return { code, message, cause: code === null ? null : causeOfCode(code) };
}

export const wan = defineProvider({
  name: 'wan',
  title: 'Alibaba Wan',
  docs: {
    url: 'https://www.alibabacloud.com/help/en/model-studio/text-to-video-api-reference',
    checkedOn: '2026-11-21',
  },
  auth: 'Bearer key',
  freeCheck: 'a task that does not exist: the status UNKNOWN proves key and API',
  parity: { sdk: '@ai-sdk/alibaba' },
  unverified: [
    'Whether wan2.6-t2v still answers: a reseller dropped it on 2026-10-14, no notice of the vendor was found.',
    'Alibaba’s own price of wan3.0-video-prime, and whether Wan 3.0 takes a negative prompt.',
    'The HTTP statuses beside the codes.',
    'That the free check is answered with UNKNOWN: inferred from how forgotten tasks are answered.',
  ],
  options: z.strictObject({
    apiKey: secret('The API key; it belongs to one region.'),
    baseUrl: address('Where the API answers; in Beijing https://dashscope.aliyuncs.com.').default(
      'https://dashscope-intl.aliyuncs.com',
    ),
    ...waiting('15s'),
  }),
  models: MODELS,
  create: ({ options, http, models }) => {
    const api = http.at(options.baseUrl, { authorization: `Bearer ${options.apiKey}` });
    const ask = (id: string, signal: AbortSignal) => api.get(`/api/v1/tasks/${id}`, envelope, signal);
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, (choice) => request(models, choice)),
      submit: async (order, _key, signal) => {
        const headers = { 'x-dashscope-async': 'enable' };
        const reply = await api.send('POST', SYNTHESIS, { json: order.request }, envelope, signal, {
          headers,
        });
        const { task_id: id } = readAs(accepted, outputOf(reply), reply);
        const { costUsd, seconds } = order.facts;
        return { job: { id, usdPerSecond: costUsd / seconds }, jobId: id, costUsd: null };
      },
      poll: async (job, signal) => {
        const known = saved.parse(job);
        return statusOf(known, await ask(known.id, signal));
      },
      download: (asset, limits, signal) => api.download(asset.path, limits, signal),
      cancel: async (job, signal) => {
        const path = `/api/v1/tasks/${saved.parse(job).id}/cancel`;
        // Only what waits can be cancelled: the rest is answered with 400 UnsupportedOperation, and is forgotten after a day.
        await allowing([400, 404], api.send('POST', path, null, z.unknown(), signal, { whenEmpty: null }));
      },
      /** Inferred from how forgotten tasks are answered, not tried. */
      check: async (_model, signal): Promise<Checked> => {
        const reply = await ask('00000000-0000-0000-0000-000000000000', signal);
        readAs(task, outputOf(reply), reply);
        return { text: 'key accepted', balanceUsd: null, notices: [], isListed: null };
      },
      explain,
      causeOfJobCode: causeOfCode,
      knownNotice: knownEnd('wan', models, 'https://help.aliyun.com/en/model-studio/model-depreciation'),
    };
  },
});

/** Video models on Amazon Bedrock: asynchronous invocations that put the video into a bucket of ours. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Instant } from '../core/base.ts';
import type { Opaque } from '../core/model.ts';
import { HttpError, type Api, type Http, type Reply } from '../ports/http.ts';
import type { Checked, JobStatus } from '../ports/provider.ts';
import { sign, type AwsKeys } from './aws-signer.ts';
import { causeOfCode, explain, REFUSAL } from './bedrock-errors.ts';
import { LIFECYCLE_URL, MODELS, request } from './bedrock-models.ts';
import { bedrockOptions, type BedrockOptions } from './bedrock-options.ts';
import { defineProvider } from './define.ts';
import { dayOf, endNotice, knownEnd } from './ends.ts';
import { planner } from './plan.ts';
import { errorIn, readAs, say } from './read.ts';

const KEY_CHARACTERS_MAX = 1_000;

/** docs.aws.amazon.com/bedrock/latest/APIReference StartAsyncInvoke; the id behind the slash is the vendor's own. */
const arn = z
  .string()
  .max(800)
  .regex(/^arn:aws[\w-]*:bedrock:[\w-]+:\d{12}:async-invoke\/[\w-]+$/, 'Expected the ARN of an invocation');
const submitted = z.object({ invocationArn: arn });
const job = z.object({ arn });
const standing = z.object({ status: z.string().max(100) }).loose();
const output = z.object({
  outputDataConfig: z.object({
    s3OutputDataConfig: z.object({ s3Uri: z.string().max(KEY_CHARACTERS_MAX) }),
  }),
});

/** The same slot always has the same token, so that a repeated order would be answered with the first one's job. */
function tokenOf(key: string): string {
  if (/^[a-zA-Z0-9-]{1,64}$/.test(key)) return key;
  return `reelwatch-${createHash('sha256').update(key).digest('hex').slice(0, 40)}`;
}

function statusOf(bucket: string, reply: Reply<z.output<typeof standing>>): JobStatus {
  const { status } = reply.body;
  switch (status) {
    case 'InProgress':
      return { is: 'pending', phase: 'generate', progress: null };
    case 'Completed': {
      const { s3Uri } = readAs(output, reply.body, reply).outputDataConfig.s3OutputDataConfig;
      return { is: 'done', asset: { at: 'own', path: objectPath(bucket, s3Uri, reply) }, costUsd: null };
    }
    case 'Failed': {
      const message = say(reply.body['failureMessage']) ?? 'the invocation failed without a reason';
      return { is: 'failed', code: REFUSAL.exec(message)?.[0] ?? null, message, costUsd: null };
    }
    default:
      return { is: 'strange', word: status };
  }
}

/** The path of the video in our bucket. An answer that names another bucket is not followed: our keys go there. */
function objectPath(bucket: string, s3Uri: string, reply: Reply<unknown>): string {
  const key = s3Uri.startsWith(`s3://${bucket}/`) ? s3Uri.slice(`s3://${bucket}/`.length) : null;
  const parts = key?.replace(/\/+$/, '').split('/') ?? [];
  if (parts.length === 0 || parts.some((part) => /^\.*$/.test(part)))
    throw errorIn(reply, 'bad_json', `the output lies at ${s3Uri}, not in s3://${bucket}`);
  return `/${[...parts, 'output.mp4'].map(escapePart).join('/')}`;
}

/** As AWS wants it: everything but letters, digits, "-", "_", "." and "~" (docs.aws.amazon.com, 2026-11-21). */
function escapePart(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const model = z.object({
  modelDetails: z.object({
    modelLifecycle: z
      .object({ status: z.string().max(100), endOfLifeTime: z.unknown() })
      .partial()
      .optional()
      .catch(undefined),
  }),
});

function checked(name: string, { modelDetails }: z.output<typeof model>, now: Instant): Checked {
  const status = modelDetails.modelLifecycle?.status ?? 'without a status';
  const at = dayOf(modelDetails.modelLifecycle?.endOfLifeTime);
  const end = { at, replacement: null, source: 'Amazon Bedrock', url: LIFECYCLE_URL };
  const isEnding = status === 'LEGACY' || at !== null;
  return {
    text: `listed as ${status}`,
    balanceUsd: null,
    notices: isEnding ? [endNotice('bedrock', name, end, now)] : [],
    isListed: true,
  };
}

interface Door {
  api: Api;
  base: string;
  /** The headers that prove who asks. */
  prove: (what: { method: 'GET' | 'POST'; path: string; body?: string }) => Promise<Record<string, string>>;
}

/** One of AWS's services. With a Bedrock API key nothing is signed, but S3 takes signatures only. */
function openDoor(
  http: Http,
  options: BedrockOptions,
  now: () => Instant,
  to: { base: string; service: 'bedrock' | 's3' },
): Door {
  const base = to.base.replace(/\/+$/, '');
  const keys: AwsKeys = options;
  const { region, apiKey } = options;
  return {
    base,
    api: http.at(base, {}),
    prove: async ({ method, path, body }) => {
      if (to.service === 'bedrock' && apiKey !== undefined) return { authorization: `Bearer ${apiKey}` };
      const url = `${base}${path}`;
      const content = body === undefined ? {} : { body, contentType: 'application/json' };
      return sign(keys, { method, url, ...content, service: to.service, region, at: now() });
    },
  };
}

/** S3 by the bucket's own host; by path where the operator says where, or a dot in the name would break the certificate. */
function bucketUrl({ s3Url, region }: BedrockOptions, bucket: string): string {
  if (s3Url !== undefined) return `${s3Url.replace(/\/+$/, '')}/${bucket}`;
  const host = `s3.${region}.amazonaws.com`;
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}

export const bedrock = defineProvider({
  name: 'bedrock',
  title: 'Amazon Bedrock',
  docs: {
    url: 'https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-luma.html',
    checkedOn: '2026-11-21',
  },
  auth: 'AWS Signature Version 4, or a Bedrock API key as Bearer (the bucket always needs a signature)',
  freeCheck: 'the model on the control plane: active or legacy, and its end of life',
  parity: { sdk: '@aws-sdk/client-bedrock-runtime' },
  unverified: [
    'The prices of Luma Ray2, which are those of 2025, and its sizes in pixels.',
    'That a Ray2 lies in the bucket as output.mp4, as AWS says of Nova Reel.',
    'What the free check answers for a model that is gone, and whether it names the day of an end.',
    'Error codes other than those of the SDK’s models; what a missing means of payment says.',
  ],
  options: bedrockOptions,
  models: MODELS,
  create: ({ options, http, models, now }) => {
    const { region, output: uri } = options;
    const bucket = /^s3:\/\/([^/]+)/.exec(uri)?.[1] ?? '';
    const door = (base: string, service: Parameters<typeof openDoor>[3]['service']) =>
      openDoor(http, options, now, { base, service });
    const runtime = door(options.baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com`, 'bedrock');
    const control = door(options.controlUrl ?? `https://bedrock.${region}.amazonaws.com`, 'bedrock');
    const s3 = door(bucketUrl(options, bucket), 's3');
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, request(models)),
      submit: async (order, key, signal) => {
        const outputDataConfig = { s3OutputDataConfig: { s3Uri: uri } };
        const whole: Opaque = {
          modelId: order.model,
          modelInput: order.request,
          outputDataConfig,
          clientRequestToken: tokenOf(key),
        };
        // The signature covers the bytes, so they are written here.
        const text = JSON.stringify(whole);
        const headers = await runtime.prove({ method: 'POST', path: '/async-invoke', body: text });
        const payload = { text, type: 'application/json' };
        const call = { headers };
        const { body } = await runtime.api.send('POST', '/async-invoke', payload, submitted, signal, call);
        return { job: { arn: body.invocationArn }, jobId: body.invocationArn, costUsd: null };
      },
      poll: async (saved, signal) => {
        const path = `/async-invoke/${encodeURIComponent(job.parse(saved).arn)}`;
        const headers = await runtime.prove({ method: 'GET', path });
        return statusOf(bucket, await runtime.api.get(path, standing, signal, { headers }));
      },
      download: async ({ path }, limits, signal) =>
        s3.api.download(path, limits, signal, { headers: await s3.prove({ method: 'GET', path }) }),
      cancel: null,
      check: async (name, signal) => {
        const path = `/foundation-models/${encodeURIComponent(name)}`;
        const headers = await control.prove({ method: 'GET', path });
        try {
          return checked(name, (await control.api.get(path, model, signal, { headers })).body, now());
        } catch (error) {
          const { code, cause } = error instanceof HttpError ? explain(error) : { code: null, cause: null };
          if (code !== 'ResourceNotFoundException' && cause !== 'model_missing') throw error;
          return { text: 'not listed', balanceUsd: null, notices: [], isListed: false };
        }
      },
      explain,
      causeOfJobCode: (code) => causeOfCode(code) ?? (REFUSAL.test(code) ? 'moderated' : null),
      knownNotice: knownEnd('bedrock', models, LIFECYCLE_URL),
    };
  },
});

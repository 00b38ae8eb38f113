/** Any API that takes an order, is asked for the job, and gives a video: described in the configuration alone. */

import { z } from 'zod';
import type { Cause } from '../core/model.ts';
import type { Api, CallOptions, HttpError, Reply } from '../ports/http.ts';
import type { Accepted, Checked, Explained, JobStatus, Order, Provider } from '../ports/provider.ts';
import { defineProvider } from './define.ts';
import { knownEnd } from './ends.ts';
import { dollarsAt, requireSuccess, stateOf, valuesAt, videoOf } from './http-answers.ts';
import { headersOf, pathOf, payloadOf, withInput } from './http-calls.ts';
import { httpOptions, type HttpOptions } from './http-options.ts';
import { allAt, firstAt } from './http-paths.ts';
import { planner } from './plan.ts';
import { allowing, codeOf, costOf, fieldsOf, firstSaid, plainText, readError, say } from './read.ts';
import { fill, valuesOf, type Template, type Values } from './template.ts';

/** An answer with a whole video in it, as base64. */
const INLINE_BYTES_MAX = 96 * 1024 * 1024;

interface Described {
  options: HttpOptions;
  api: Api;
}

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Template | undefined;
}

/** Makes one of the calls that are described, and reads its answer as JSON of any shape. */
async function make(
  { options, api }: Described,
  { method = 'GET', path, headers, body }: Call,
  values: Values,
  signal: AbortSignal,
  more: CallOptions = {},
): Promise<Reply<unknown>> {
  const to = pathOf(path, values, options.baseUrl);
  const call = { ...more, headers: headersOf(headers, values) };
  if (method === 'GET') return api.get(to, z.unknown(), signal, call);
  const payload = body === undefined ? null : { json: fill(body, values) };
  return api.send(method, to, payload, z.unknown(), signal, call);
}

async function submit(
  { options, api }: Described,
  order: Order,
  key: string,
  signal: AbortSignal,
): Promise<Accepted> {
  const { method, path, headers, as, job, cost } = options.submit;
  const values = { model: order.model, key };
  const payload = payloadOf(as, fill(order.request, { key }));
  const to = pathOf(path, values, options.baseUrl);
  const call = { headers: headersOf(headers, values) };
  const reply = await api.send(method, to, payload, z.unknown(), signal, call);
  requireSuccess(options.errors, reply);
  const found = valuesAt(job, reply, 'submit.job');
  const costUsd = costOf(dollarsAt(cost, reply.body));
  return { job: { model: order.model, ...found }, jobId: found['job.id'] ?? '', costUsd };
}

async function poll(described: Described, saved: Values, signal: AbortSignal): Promise<JobStatus> {
  const { options } = described;
  const more = options.video.base64 === undefined ? {} : { bytesMax: INLINE_BYTES_MAX };
  const asked = await make(described, options.poll, saved, signal, more);
  requireSuccess(options.errors, asked);
  const state = stateOf(options.poll, asked);
  if (state !== 'done') return state;
  const [values, reply] = await resultOf(described, saved, asked, signal, more);
  const { cost } = options.poll;
  // A cost may be told with the status or with the result; it is read where the video is first.
  const usd = dollarsAt(cost, reply.body) ?? dollarsAt(cost, asked.body);
  return {
    is: 'done',
    asset: videoOf(options, reply, (path) => pathOf(path, values, options.baseUrl)),
    costUsd: costOf(usd),
    ...(costOf(usd) !== null && cost?.usd !== 1 && { costFrom: 'computed' }),
  };
}

/** The answer that names the video, and the values that later calls know: the same answer, or a second call's. */
async function resultOf(
  described: Described,
  saved: Values,
  asked: Reply<unknown>,
  signal: AbortSignal,
  more: CallOptions,
): Promise<[Values, Reply<unknown>]> {
  const { result, errors } = described.options;
  if (result === undefined) return [saved, asked];
  const values = { ...saved, ...valuesAt(result.values, asked, 'result.values') };
  const reply = await make(described, result, values, signal, more);
  requireSuccess(errors, reply);
  return [values, reply];
}

async function check(
  described: Described,
  how: NonNullable<HttpOptions['check']>,
  model: string,
  signal: AbortSignal,
): Promise<Checked> {
  const answered: { reply: Reply<unknown> | null } = { reply: null };
  await allowing(
    how.fine,
    make(described, how, { model }, signal).then((reply) => (answered.reply = reply)),
  );
  const { reply } = answered;
  const nothing = { balanceUsd: null, notices: [], isListed: null };
  if (reply === null) return { text: 'key accepted', ...nothing };
  requireSuccess(described.options.errors, reply);
  const balanceUsd = dollarsAt(how.balance, reply.body);
  const names = how.listed === undefined ? null : allAt(how.listed, reply.body);
  const isListed = names === null || names.length === 0 ? null : names.includes(model);
  const said = [
    ...(balanceUsd === null ? [] : [`$${balanceUsd.toFixed(2)} left`]),
    ...(isListed === null ? [] : [isListed ? 'the model is listed' : 'the model is not listed']),
  ];
  return { text: said.join(', ') || 'key accepted', balanceUsd, notices: [], isListed };
}

/** Code and text of an error: where the description says, else where errors usually have them. */
function explain(
  errors: HttpOptions['errors'],
  causeOf: (code: string) => Cause | null,
  error: HttpError,
): Explained {
  // Which path found nothing says more than the answer that it was looked for in.
  if (error.code === 'bad_json') return { code: null, message: say(error.message) ?? '', cause: null };
  const whole = parsed(error.body);
  const usual = readError(error.body);
  const inner = fieldsOf(usual['error']);
  const described = (path: string | undefined) => (path === undefined ? undefined : firstAt(path, whole));
  const code =
    codeOf(described(errors.code)) ??
    codeOf(firstSaid(inner['code'], inner['type'], usual['code'], usual['error_code'], usual['type']));
  const message =
    say(described(errors.message)) ??
    firstSaid(inner['message'], usual['message'], usual['detail'], usual['msg'], usual['error']) ??
    plainText(error);
  return { code, message, cause: code === null ? null : causeOf(code) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function causesOf(causes: HttpOptions['causes']): Provider['causeOfJobCode'] {
  const table = new Map(
    Object.entries(causes).flatMap(([cause, codes]) => codes.map((code) => [code, cause as Cause] as const)),
  );
  return (code) => table.get(code) ?? null;
}

const savedJob = z.record(z.string(), z.string());

export const http = defineProvider({
  name: 'http',
  title: 'any API, described here',
  docs: { url: 'https://www.rfc-editor.org/rfc/rfc9535', checkedOn: '2026-11-21' },
  auth: 'a header with the key, `Authorization: Bearer` unless described otherwise',
  freeCheck: 'the call under `check`, if one is described',
  parity: {
    written:
      'from LTX as docs.ltx.video and its public clients have it, described in config/http-provider.yaml',
  },
  unverified: ['What a description says: nobody but its author has held it against the API.'],
  options: httpOptions,
  models: {},
  create: ({ options, http: net, models }) => {
    const { auth, apiKey, baseUrl } = options;
    const own = { ...options.headers, [auth.header]: auth.value.replaceAll('{apiKey}', () => apiKey) };
    const described: Described = { options, api: net.at(baseUrl, own) };
    const causeOf = causesOf(options.causes);
    const { cancel, check: free } = options;
    return {
      pollEveryMs: options.pollEvery,
      deadlineMs: options.deadline,
      plan: planner(models, (choice) =>
        fill(withInput(options.submit.body, models[choice.model]?.input), valuesOf(choice)),
      ),
      submit: (order, key, signal) => submit(described, order, key, signal),
      poll: async (saved, signal) => poll(described, savedJob.parse(saved), signal),
      download: (asset, limits, signal) => described.api.download(asset.path, limits, signal),
      cancel:
        cancel === undefined
          ? null
          : async (saved, signal) => {
              const values = savedJob.parse(saved);
              await allowing(cancel.fine, make(described, cancel, values, signal, { whenEmpty: null }));
            },
      check: free === undefined ? null : async (model, signal) => check(described, free, model, signal),
      explain: (error) => explain(options.errors, causeOf, error),
      causeOfJobCode: causeOf,
      knownNotice: knownEnd('http', models, options.docs ?? baseUrl),
    };
  },
});

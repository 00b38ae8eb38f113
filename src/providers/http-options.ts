/** How an API is described in the configuration: calls as templates, answers by JSONPath. */

import { z } from 'zod';
import { CAUSES } from '../core/model.ts';
import { address, secret } from '../ports/options.ts';
import { waiting } from './define.ts';
import {
  body,
  callPath,
  HEADER_NAME,
  HEADER_VALUE,
  headers,
  jsonPath,
  money,
  named,
  statuses,
  TEXT_CHARACTERS_MAX,
  word,
  words,
} from './http-fields.ts';
import { BODY_PLACES, ORDER_PLACES, wrongWith } from './http-sense.ts';
import { places } from './models.ts';

const CODES_MAX = 200;

const submit = z
  .strictObject({
    method: z.enum(['POST', 'PUT']).meta({ description: 'The method of the order.' }).prefault('POST'),
    path: callPath
      .check(places(ORDER_PLACES))
      .meta({ description: 'The path of the order below baseUrl; {model} and {key} may stand in it.' }),
    headers: headers('Headers of the order; {key} names the slot, where the API takes a key of ours.'),
    as: z
      .enum(['json', 'form'])
      .meta({ description: 'Whether the body is sent as JSON or as a multipart form.' })
      .prefault('json'),
    body: body(
      'The fields of the order: JSON in which {model}, {prompt}, {negativePrompt}, {seconds}, {resolution}, {width}, ' +
        '{height}, {aspect}, {seed}, {audio} and {key} stand for what the canary asks for. A field that is one place ' +
        'alone keeps its type ({seconds:text} makes a text of it), and is left out where there is no value. {input} stands for the `input` of the model, ' +
        'which is else added to the body.',
    )
      .check(places(BODY_PLACES))
      .prefault({}),
    job: named(
      'What is kept of the answer, by name: {job.name} stands for it in later calls. `id` is needed.',
    ).refine((all) => 'id' in all, 'Expected at least "id": where the id of the job stands'),
    cost: money('The cost, where the answer to an order tells it.').optional(),
  })
  .meta({ description: 'How a video is ordered.' });

const poll = z
  .strictObject({
    method: z.enum(['GET', 'POST']).meta({ description: 'The method of asking.' }).prefault('GET'),
    path: callPath.meta({
      description: 'The path of asking for a job, with {job.id} or another value of it.',
    }),
    headers: headers('Headers of asking.'),
    body: body('The fields of asking, where the method is POST.').optional(),
    status: jsonPath('Where the word for the status stands; true and false count as words.'),
    words: z
      .strictObject({
        queue: words('Words for a job that waits.').prefault([]),
        generate: words('Words for a job that is being worked on.').prefault([]),
        done: words('Words for a job that has its video.').min(1, 'Expected at least one word'),
        failed: words('Words for a job that has failed, or was cancelled.').min(
          1,
          'Expected at least one word',
        ),
      })
      .meta({
        description: 'What the words mean. A word that is not here makes a run inconclusive and is named.',
      }),
    progress: z
      .strictObject({
        path: jsonPath('Where the progress stands.'),
        of: z.number().positive().meta({ description: 'What it counts to.' }).prefault(100),
      })
      .meta({ description: 'The progress, where the API tells it.' })
      .optional(),
    code: jsonPath('Where the code of a failed job stands; `causes` says what it means.').optional(),
    message: jsonPath('Where the reason of a failed job stands.').optional(),
    cost: money('The cost, where the answer for a finished job tells it.').optional(),
  })
  .meta({ description: 'How a job is asked for, and what the answer means.' });

const result = z
  .strictObject({
    values: named('What is taken of the answer for a finished job: {job.name} stands for it here.').prefault(
      {},
    ),
    path: callPath.meta({ description: 'The path of the result.' }),
    headers: headers('Headers of asking for the result.'),
  })
  .meta({ description: 'A second call for a finished job, where the video is named only there.' })
  .optional();

const video = z
  .strictObject({
    url: jsonPath('Where the address of the video stands; it is fetched without the key.').optional(),
    urlWithKey: jsonPath(
      'The same for a video on the origin of baseUrl, which is fetched with the key.',
    ).optional(),
    path: callPath
      .meta({ description: 'The path of the video below baseUrl, fetched with the key.' })
      .optional(),
    base64: jsonPath('Where the video itself stands in the answer.').optional(),
  })
  .refine(
    (one) => Object.values(one).filter((value) => value !== undefined).length === 1,
    'Expected exactly one of url, urlWithKey, path and base64',
  )
  .meta({ description: 'Where the video of a finished job is.' });

const errors = z
  .strictObject({
    code: jsonPath(
      'Where the code of an error stands; without it, wherever errors usually have it.',
    ).optional(),
    message: jsonPath('Where its text stands.').optional(),
    unless: z
      .strictObject({
        path: jsonPath('Where the sign of success stands in every answer.'),
        is: words('What stands there when all is well.').min(1),
      })
      .meta({ description: 'For APIs that answer 200 for errors too: what a good answer says.' })
      .optional(),
  })
  .meta({ description: 'What error answers look like.' })
  .prefault({});

const causes = z
  .record(z.string(), z.array(word).max(CODES_MAX))
  .check(({ value, issues }) => {
    for (const name of Object.keys(value))
      if (!(CAUSES as readonly string[]).includes(name))
        issues.push({
          code: 'custom',
          input: value,
          path: [name],
          message: `${name} is no cause, only ${CAUSES.join(', ')}`,
        });
  })
  .meta({ description: 'Codes of errors and failed jobs by what they mean.' })
  .prefault({});

const cancel = z
  .strictObject({
    method: z
      .enum(['POST', 'PUT', 'DELETE'])
      .meta({ description: 'The method of cancelling.' })
      .prefault('POST'),
    path: callPath.meta({ description: 'The path of cancelling.' }),
    headers: headers('Headers of cancelling.'),
    fine: statuses('Statuses for a job that is over or gone.').prefault([404, 409]),
  })
  .meta({ description: 'How a job is cancelled, where the API can.' })
  .optional();

const check = z
  .strictObject({
    path: z
      .string()
      .max(TEXT_CHARACTERS_MAX)
      .regex(/^\/(?!\/)\S*$/, 'Expected a path that begins with /')
      .check(places(['model']))
      .meta({ description: 'A call that costs nothing and needs the key; {model} may stand in it.' }),
    headers: headers('Headers of the check.'),
    fine: statuses('Statuses that prove the key too, e.g. 404 for a job that nobody ordered.').prefault([]),
    balance: money('The balance, where the answer tells it.').optional(),
    listed: jsonPath('Where the names of all models stand: the watched one must be among them.').optional(),
  })
  .meta({ description: 'A free call that proves key and API.' })
  .optional();

const AUTH = { header: 'Authorization', value: 'Bearer {apiKey}' };

/** All options of the provider `http`. */
export const httpOptions = z
  .strictObject({
    apiKey: secret('The key.'),
    baseUrl: address('Where the API answers. The key goes nowhere else.'),
    docs: address('The page that describes the API. Default: baseUrl.').optional(),
    auth: z
      .strictObject({
        header: z
          .string()
          .regex(HEADER_NAME, 'Expected the name of a header')
          .meta({ description: 'The header that proves who we are.' })
          .prefault(AUTH.header),
        value: z
          .string()
          .regex(HEADER_VALUE, 'Expected one line of a header')
          .check(places(['apiKey']))
          .refine((text) => text.includes('{apiKey}'), 'Expected {apiKey} in it')
          .meta({ description: 'Its value, with {apiKey} where the key stands.' })
          .prefault(AUTH.value),
      })
      .meta({ description: 'How the key is shown.' })
      .prefault({}),
    headers: headers('Headers of every call, e.g. the version of the API.'),
    submit,
    poll,
    result,
    video,
    errors,
    causes,
    cancel,
    check,
    ...waiting('5s'),
  })

  .superRefine((options, context) => {
    for (const { path, message } of wrongWith(options)) context.addIssue({ code: 'custom', path, message });
  });

export type HttpOptions = z.output<typeof httpOptions>;

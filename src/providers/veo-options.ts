/** What the configuration says about Veo: one of two ways to sign in, the project, and where things are. */

import { z } from 'zod';
import { address, secret } from '../ports/options.ts';
import { waiting } from './define.ts';
import { readAccount } from './google-login.ts';

const PROJECT = /^[a-z][a-z0-9.:-]{2,80}$/;
const LOCATION = /^[a-z][a-z0-9-]{1,40}$/;
/** A bucket, and what lies in it. */
export const BUCKET = /^gs:\/\/([a-z0-9][\w.-]{1,220})(\/[^\s?#]{0,800})?$/;

export const veoOptions = z
  .strictObject({
    apiKey: secret('The API key. Either this and a project, or a service account.').optional(),
    serviceAccount: secret('The key file of a service account: file:/run/secrets/veo.json.')
      .refine(
        (text) => readAccount(text) !== null,
        'Expected the JSON key file of a service account, with client_email and an RSA private_key',
      )
      .optional(),
    project: z
      .string()
      .regex(PROJECT, 'Expected the id of a project')
      .meta({
        description: 'The project that pays. Without it: the one in the key file of a service account.',
      })
      .optional(),
    location: z
      .string()
      .regex(LOCATION, 'Expected a location such as us-central1')
      .meta({ description: 'Where the project runs the model.' })
      .default('us-central1'),
    storageUri: z
      .string()
      .regex(BUCKET, 'Expected a place in a bucket such as gs://my-bucket/canaries')
      .meta({
        description:
          'Where videos are stored; the service account must be able to read there. Without it they come in the answer.',
      })
      .optional(),
    baseUrl: address('Where the API answers, without its version. Default: by location.').optional(),
    storageUrl: address('Where Cloud Storage answers.').default('https://storage.googleapis.com'),
    apiVersion: z.enum(['v1', 'v1beta1']).meta({ description: 'The version of the API.' }).default('v1'),
    ...waiting('10s'),
  })
  .refine(({ apiKey, serviceAccount }) => (apiKey === undefined) !== (serviceAccount === undefined), {
    message: 'Expected either apiKey or serviceAccount',
    path: ['apiKey'],
  })
  // A key alone orders no Veo, with the project in the path it does (github.com/googleapis/dotnet-genai/issues/305, 2026-05).
  .refine(
    ({ apiKey, serviceAccount, project }) =>
      apiKey === undefined || serviceAccount !== undefined || project !== undefined,
    {
      message: 'Expected the id of a project, because Veo takes an API key only in the path of one',
      path: ['project'],
    },
  )
  .refine(({ storageUri, serviceAccount }) => storageUri === undefined || serviceAccount !== undefined, {
    message: 'Expected a serviceAccount beside it: an API key opens no bucket',
    path: ['storageUri'],
  })
  .refine(({ project, serviceAccount = '' }) => project !== undefined || !lacksProject(serviceAccount), {
    message: 'Expected the id of a project, because the key file names none',
    path: ['project'],
  });

function lacksProject(serviceAccount: string): boolean {
  const account = readAccount(serviceAccount);
  return account !== null && account.project_id === undefined;
}

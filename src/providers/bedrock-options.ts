/** The options of Amazon Bedrock. */

import { z } from 'zod';
import { address, secret } from '../ports/options.ts';
import { waiting } from './define.ts';

export const bedrockOptions = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'Expected a region such as us-west-2')
    .meta({ description: 'The region of the models and of the bucket. Luma Ray2 is in us-west-2.' })
    .prefault('us-west-2'),
  accessKeyId: secret('The id of the access key: it may invoke the models, and read the bucket.'),
  secretAccessKey: secret('The access key itself.'),
  sessionToken: secret('The session token of temporary credentials.').optional(),
  apiKey: secret(
    'A Bedrock API key, for all calls but those to the bucket. Default: they are signed.',
  ).optional(),
  output: z
    .string()
    .max(500)
    .regex(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./=-]*)?$/,
      'Expected a bucket such as s3://my-canaries/reelwatch',
    )
    .meta({ description: 'Where Bedrock puts the videos; let them expire there, nobody deletes them.' }),
  baseUrl: address('The runtime. Default: that of the region.').optional(),
  controlUrl: address('The control plane, for the free check. Default: that of the region.').optional(),
  s3Url: address(
    'S3, with the bucket in the path. Default: the host of the bucket in the region.',
  ).optional(),
  ...waiting('10s'),
});

export type BedrockOptions = z.output<typeof bedrockOptions>;

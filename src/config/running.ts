/** The options that say where the daemon runs: its web server, its memory, its log. */

import { z } from 'zod';
import { address, duration, secret } from '../ports/options.ts';
import { identifier } from './entries.ts';

export const TOKENS_MAX = 50;
export const HOSTS_MAX = 50;
/** As long as 15 random bytes in base64: nobody guesses these. */
const TOKEN_CHARACTERS_MIN = 20;

const token = z.strictObject({
  name: identifier('Whose token it is. Unique.'),
  token: secret('Sent as `Authorization: Bearer …`.')
    .min(TOKEN_CHARACTERS_MIN, `Expected at least ${TOKEN_CHARACTERS_MIN} characters`)
    .regex(/^[A-Za-z0-9._~+/=-]+$/, 'Expected letters, digits and any of . _ ~ + / = - only'),
  scopes: z
    .array(z.enum(['read', 'report', 'operate']))
    .min(1)
    .max(3)
    .meta({
      description:
        'read: pages, status, metrics. report: tell what became of jobs. operate: pin, freeze, release.',
    }),
});

function signingKey(description: string) {
  return secret(description)
    .regex(/^whsk_[A-Za-z0-9+/]{43,88}={0,2}$/, 'Expected whsk_ and the base64 of 32 or 64 bytes')
    .optional();
}

export const server = z
  .strictObject({
    name: identifier('Who this daemon is in status documents and pushes.').prefault('reelwatch'),
    host: z
      .string()
      .min(1, 'Expected a host name or an IP address')
      .meta({
        description:
          'The address to listen on; 127.0.0.1 is only reachable from this machine. REELWATCH_HOST overrides it.',
      })
      .prefault('127.0.0.1'),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .meta({ description: 'The port to listen on; 0 takes any free one. REELWATCH_PORT overrides it.' })
      .prefault(8780),
    publicUrl: address(
      'Where people reach the pages, for links in messages. Without it: http://host:port.',
    ).optional(),
    hosts: z
      .array(z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,252})$/i, 'Expected a host name without a port'))
      .max(HOSTS_MAX)
      .meta({
        description:
          'Host names under which requests may reach the server, beside `publicUrl`, `host`, the machine’s own ' +
          'name, IP addresses and `localhost`. Other names are refused with 421, which stops DNS rebinding.',
      })
      .prefault([]),
    tokens: z
      .array(token)
      .max(TOKENS_MAX)
      .refine((tokens) => new Set(tokens.map(({ name }) => name)).size === tokens.length, {
        error: 'Expected each token to have a name of its own',
      })
      .meta({
        description:
          'Bearer tokens and their scopes. Reads are open until a token has the scope `read`. Writes always need a ' +
          'token: without any here, the daemon keeps one in the file `token` of the data directory, which the ' +
          'commands on the same machine use.',
      })
      .prefault([]),
    signingKey: signingKey(
      'Signs what routers read and are pushed: `whsk_` and the base64 of an Ed25519 key, as Standard Webhooks writes ' +
        'them. Without it: one is made, and kept in the data directory.',
    ),
    previousSigningKey: signingKey(
      'While keys are being exchanged: is published and signs, too. Beside a `signingKey` only.',
    ),
  })
  .refine((given) => given.signingKey !== undefined || given.previousSigningKey === undefined, {
    path: ['previousSigningKey'],
    error: 'Expected a "signingKey" beside it, which replaces it',
  })
  .meta({ description: 'The web server: pages, status, metrics.' })
  .prefault({});

export const data = z
  .strictObject({
    dir: z
      .string()
      .min(1)
      .meta({
        description:
          'The directory of the SQLite database and of videos in flight. REELWATCH_DATA_DIR overrides it.',
      })
      .prefault('./data'),
    postgres: secret(
      'A PostgreSQL URL, for a store on another machine; one daemon per database and schema, by an advisory lock, which a proxy that pools transactions cannot hold. Without it: SQLite in the data directory.',
    )
      .regex(/^postgres(ql)?:\/\//, 'Expected a URL that begins with postgres://')
      .optional(),
    keep: duration('How long closed runs, events and told stories are kept.').prefault('90d'),
    keepAudit: duration('How long the audit is kept: what people did, and what became of plans.').prefault(
      '400d',
    ),
    runsPerTarget: z
      .int()
      .min(10)
      .max(100_000)
      .meta({ description: 'At most so many closed runs are kept of each target.' })
      .prefault(2_000),
    framesPerTarget: z
      .int()
      .min(0)
      .max(10_000)
      .meta({ description: 'So many of the newest runs of each target keep their picture.' })
      .prefault(50),
  })
  .meta({ description: 'Where things are remembered, and how long.' })
  .prefault({});

export const log = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .meta({ description: 'The least serious lines that are written.' })
      .prefault('info'),
  })
  .meta({ description: 'The log: JSON lines on standard output.' })
  .prefault({});

/** Who this daemon is, for programs: its public keys, and where to find what. */

import { z } from 'zod';
import type { App, Context } from '../context.ts';

const identity = z.object({
  controller: z.string(),
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
      kid: z.string(),
      x: z.string(),
      webhook: z.string().meta({ description: 'The same as Standard Webhooks writes it.' }),
    }),
  ),
  status: z.string(),
  events: z.string(),
  formats: z.array(z.string()).meta({ description: 'What `/v1/render/{format}/{route}` knows.' }),
});

export function identityRoutes(app: App, { settings, signer, renders }: Context): void {
  const keys = signer === null ? [] : signer.publicKeys;
  const body: z.infer<typeof identity> = {
    controller: settings.controller,
    keys: keys.map((key) => ({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', ...key })),
    status: '/v1/status',
    events: '/v1/events',
    formats: renders.map(({ format }) => format),
  };
  app.get(
    '/.well-known/reelwatch.json',
    {
      config: { scope: 'open' },
      schema: {
        tags: ['health'],
        summary: 'The public keys of Reelwatch-Signature and of pushes, and where to find what',
        response: { 200: identity },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300');
      return body;
    },
  );
}

/** What every provider's adapter must do, whatever the provider says. */

import * as fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BLAME, causeOf } from '../../src/core/classify.ts';
import { CAUSES } from '../../src/core/model.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Checked, JobStatus } from '../../src/ports/provider.ts';
import type { AnyProvider } from '../../src/providers/define.ts';
import { planContract } from './provider-plan.ts';
import { errorOf, failing, KEY, never, onScript, orderOf, type Answer } from './provider-script.ts';

export interface ProviderSubject {
  definition: AnyProvider;
  model: string;
  /** Options beside `apiKey`; `apiKey: undefined` where there is no such option. */
  options?: object;
  /** Whether its models read a prompt; true where not said. */
  prompts?: boolean;
  /** Whether a request proves who we are; without it: `authorization` holds the key. */
  proves?: (headers: Record<string, string>) => boolean;
  /** The origins that may see the key, by default configuration. */
  origins: readonly string[];
  accepted: Answer;
  jobId: string;
  /** Every status word of the vendor, and what it means. */
  statuses: readonly (readonly [word: string, answers: Answer[], is: JobStatus])[];
  /** An answer with the status word REBOOTING; null where the vendor has no status words. */
  unknownWord: Answer | null;
  /** An answer to the free check and what it says; null where the provider has none. */
  free: { answer: Answer; checked: Checked } | null;
  /** Error answers as the vendor gives them, and what they mean. */
  errors: readonly { status: number; body: unknown; code: string | null; cause: string | null }[];
  /** Codes of failed jobs. */
  jobCodes: readonly (readonly [code: string, cause: string | null])[];
}

const STATUSES = [400, 401, 402, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 504, 529];
/** Answers after which a client might feel like asking again. */
const REFUSALS: readonly Answer[] = [
  { status: 429, body: { error: 'slow down' }, headers: { 'retry-after': '1' } },
  ...[401, 404, 408, 409, 500, 502, 503].map((status) => ({ status, body: { error: 'no' } })),
  { status: 202, body: '' },
  { status: 200, body: '{"id":' },
  { status: 307, body: '', headers: { location: 'https://elsewhere.test/' } },
];
const HTML = '<!doctype html><title>502 Bad Gateway</title><style>b{}</style><h1>502 Bad Gateway</h1>';

const nonsense = fc.oneof(
  fc.string({ maxLength: 500 }),
  fc.json(),
  fc.constantFrom(HTML, '', '{"error":"{\\"message\\":\\"inner\\"}"}', '{"detail":[{"msg":'),
);

export function providerContract(subject: ProviderSubject): void {
  const { definition, model, accepted, options = {} } = subject;
  const proves = subject.proves ?? (({ authorization = '' }) => authorization.includes(KEY));
  const on = (answers: readonly Answer[]) => onScript(definition, answers, options);
  const submitted = async (answers: readonly Answer[]) => {
    const { provider, heard } = on([accepted, ...answers]);
    const { job } = await provider.submit(orderOf(provider, model), 'slot-1', never);
    return { provider, heard, job: JSON.parse(JSON.stringify(job)) as typeof job };
  };

  describe('planning', () => {
    planContract(definition, options, subject.prompts);
  });

  describe('a whole run', () => {
    it('orders once and names the job', async () => {
      const { provider, heard } = on([accepted]);

      const answer = await provider.submit(orderOf(provider, model), 'slot-1', never);

      expect(answer.jobId).toBe(subject.jobId);
      expect(heard).toHaveLength(1);
      expect(JSON.stringify(answer)).not.toContain(KEY);
    });

    it.each(REFUSALS)('orders once whatever it hears: $status', async (answer) => {
      const { provider, heard } = on([answer]);

      await failing(provider.submit(orderOf(provider, model), 'slot-1', never));

      expect(heard).toHaveLength(1);
    });

    it.each(subject.statuses)('understands %s', async (_word, answers, is) => {
      const { provider, job } = await submitted(answers);

      expect(await provider.poll(job, never)).toEqual(is);
    });

    it.each(subject.unknownWord === null ? [] : [subject.unknownWord])(
      'never guesses at a status word it does not know',
      async (answer) => {
        const { provider, job } = await submitted([answer]);

        expect(await provider.poll(job, never)).toEqual({ is: 'strange', word: 'REBOOTING' });
      },
    );

    it('shows the key to its own origins only, on every call', async () => {
      const { provider, heard, job } = await submitted(subject.statuses.flatMap(([, answers]) => answers));
      for (let i = 0; i < subject.statuses.length; i++) await provider.poll(job, never).catch(() => null);
      await provider.cancel?.(job, never).catch(() => null);
      await provider.check?.(model, never).catch(() => null);

      expect(new Set(heard.map(({ url }) => url.origin))).toEqual(new Set(subject.origins));
      for (const { headers, url } of heard) {
        expect(proves(headers)).toBe(true);
        expect(url.href).not.toContain(KEY);
      }
    });

    it('downloads from its own origin with the key', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
      onTestFinished(() => rmSync(directory, { recursive: true }));
      const { provider, heard } = on([{ status: 200, body: 'video' }]);
      const file = join(directory, 'video.mp4');
      const limits = { bytesMax: 100, timeMsMax: 5_000, redirectsMax: 0, privateAddresses: false, file };

      await provider.download({ at: 'own', path: '/videos/1/content' }, limits, never);

      expect(readFileSync(file, 'utf8')).toBe('video');
      expect(proves(heard[0]?.headers ?? {})).toBe(true);
    });
  });

  describe('answers that make no sense', () => {
    it.each([
      ['an empty body', ''],
      ['HTML', HTML],
      ['half an answer', '{"id": "1", "da'],
      ['another shape', '{"unexpected": true}'],
      ['a list', '[]'],
    ])('are bad JSON: %s', async (_name, body) => {
      const { provider } = on([{ status: 200, body }]);
      const polling = await submitted([{ status: 200, body }]);

      expect((await failing(provider.submit(orderOf(provider, model), 'k', never))).code).toBe('bad_json');
      expect((await failing(polling.provider.poll(polling.job, never))).code).toBe('bad_json');
    });

    it('end in a status or an HttpError, and never cost more than a canary can', async () => {
      const words = subject.statuses.flatMap(([, answers]) => answers.map(({ body }) => body));
      const odd = fc.oneof(
        fc.jsonValue(),
        fc.constantFrom(...words).map((body) => swollen(body)),
      );
      await fc.assert(
        fc.asyncProperty(odd, async (body) => {
          const { provider, job } = await submitted([{ status: 200, body: JSON.stringify(body) }]);

          const outcome: unknown = await provider.poll(job, never).catch((error: unknown) => error);

          expect(outcome instanceof HttpError || isSound(outcome as JobStatus)).toBe(true);
        }),
      );
    });

    it('do not let a job id lead the key elsewhere', async () => {
      const body = JSON.parse(
        JSON.stringify(accepted.body).replaceAll(subject.jobId, '../../elsewhere?x='),
      ) as unknown;
      const { provider } = on([{ status: 200, body }]);

      expect((await failing(provider.submit(orderOf(provider, model), 'k', never))).code).toBe('bad_json');
    });

    it('stop with the signal', async () => {
      const { provider } = on([accepted]);
      const call = provider.submit(orderOf(provider, model), 'k', AbortSignal.abort());

      expect((await failing(call)).code).toBe('aborted');
    });
  });

  describe('errors', () => {
    it.each(subject.errors)('reads $status $body', (given) => {
      const { provider } = on([]);
      const { code, cause } = given;

      const explained = provider.explain(errorOf(given));

      expect(explained).toMatchObject({ code, cause });
      expect(explained.message).not.toBe('');
    });

    it('explains whatever comes', () => {
      const { provider } = on([]);
      const ours = subject.errors.map(({ body }) => JSON.stringify(body));
      const bodies = fc.oneof(nonsense, fc.constantFrom(...ours, ...ours.map((body) => body.slice(0, 60))));
      fc.assert(
        fc.property(fc.constantFrom(...STATUSES), bodies, (status, body) => {
          const { code, message, cause } = provider.explain(errorOf({ status, body }));

          expect(message.length).toBeGreaterThan(0);
          expect(message.length).toBeLessThanOrEqual(500);
          expect((code ?? '').length).toBeLessThanOrEqual(100);
          expect([null, ...CAUSES]).toContain(cause);
        }),
      );
    });

    it('blames nobody else for keys and bills, whatever the body says in no code of the vendor', () => {
      const { provider } = on([]);
      fc.assert(
        fc.property(fc.constantFrom(401, 402, 403), nonsense, (httpStatus, body) => {
          const { code, message, cause } = provider.explain(errorOf({ status: httpStatus, body }));
          const failure = { phase: 'submit', kind: 'status', httpStatus, code, message } as const;

          expect(BLAME[causeOf({ ...failure, hint: cause, network: 'works' })]).toBe('us');
        }),
      );
    });

    it.each(subject.jobCodes)('knows what the job code %s stands for', (code, cause) => {
      expect(on([]).provider.causeOfJobCode(code)).toBe(cause);
    });

    it.each([{ code: 'connect' as const }, { code: 'timeout' as const }])(
      'explains $code too',
      ({ code }) => {
        const { provider } = on([]);

        const explained = provider.explain(new HttpError(code, 'GET https://provider.test failed'));

        expect(explained).toEqual({ code: null, message: 'GET https://provider.test failed', cause: null });
      },
    );
  });

  const { free } = subject;
  if (free !== null) {
    describe('the free check', () => {
      it('says what it found', async () => {
        const { provider } = on([free.answer]);

        expect(await provider.check?.(model, never)).toEqual(free.checked);
      });

      it.each([401, 403, 500, 503])('fails with status %d', async (status) => {
        const { provider } = on([{ status, body: { error: 'no' } }]);

        expect((await failing(provider.check?.(model, never) ?? Promise.resolve())).status).toBe(status);
      });
    });
  }
}

/** Whether a status is one that the caller can go by. */
function isSound(status: JobStatus): boolean {
  const costUsd = 'costUsd' in status ? (status.costUsd ?? 0) : 0;
  const progress = status.is === 'pending' ? (status.progress ?? 0) : 0;
  const isKnown = ['pending', 'done', 'failed', 'strange'].includes(status.is);
  return isKnown && costUsd >= 0 && costUsd <= 1_000 && progress >= 0 && progress <= 1;
}

/** The same with every number as large as JSON can say. */
function swollen(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/:\s*-?\d[\d.e+]*/g, ':1e308'));
}

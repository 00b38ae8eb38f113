import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { causeOf } from '../../src/core/classify.ts';
import type { Opaque } from '../../src/core/model.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { JobStatus, Provider } from '../../src/ports/provider.ts';
import { PROVIDERS } from '../../src/providers/index.ts';
import { createSimulator, type FaultOrder } from '../../src/simulator/simulator.ts';
import { createHttp } from '../../src/system/http.ts';
import { KEY, never, orderOf } from '../contract/provider-script.ts';
import { handClock } from '../system/loopback.ts';

const ORIGIN = 'http://127.0.0.1:7000';
const BASES: Readonly<Record<string, object>> = {
  runway: { baseUrl: `${ORIGIN}/runway` },
  kling: { baseUrl: `${ORIGIN}/kling` },
  fal: { baseUrl: `${ORIGIN}/fal`, platformUrl: `${ORIGIN}/fal-platform/v1` },
  openai: { baseUrl: `${ORIGIN}/openai/v1` },
};
const NAMES = ['runway', 'kling', 'fal', 'openai'] as const;
const FIRST = {
  runway: 'gen4.5',
  kling: 'kling-3.0',
  fal: 'fal-ai/pika/v2.2/text-to-video',
  openai: 'sora-2',
};
const POLLS_MAX = 200;
// The dated snapshots of Sora are not simulated.
const MODELS = PROVIDERS.flatMap(({ name, models }) =>
  Object.keys(models)
    .filter((model) => !/^sora-.*\d{4}-/.test(model))
    .map((model) => [name as (typeof NAMES)[number], model] as const),
);

function world(name: (typeof NAMES)[number]) {
  const clock = handClock();
  const simulator = createSimulator({ now: clock.now, seed: 7, origin: ORIGIN, revived: true });
  const http = createHttp({ clock, secrets: [KEY], fetch: simulator.handle });
  const definition = PROVIDERS.find((one) => one.name === name);
  if (!definition) throw new Error(`no provider ${name}`);
  const options: unknown = definition.options.parse({ apiKey: KEY, ...BASES[name] });
  return { clock, simulator, http, provider: definition.create({ options, http }) };
}

/** Polls at the provider's pace until the job is over; gives every status on the way. */
async function pollAll(provider: Provider, job: Opaque, pass: (ms: number) => void): Promise<JobStatus[]> {
  const seen: JobStatus[] = [];
  for (let i = 0; i < POLLS_MAX; i++) {
    const status = await provider.poll(job, never);
    seen.push(status);
    if (status.is !== 'pending') return seen;
    pass(provider.pollEveryMs);
  }
  throw new Error('the job never ended');
}

describe('an adapter and the simulated provider', () => {
  it.each(MODELS)('bring a video of %s/%s home', async (name, model) => {
    const { clock, simulator, http, provider } = world(name);
    const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'video.mp4');
    const limits = { bytesMax: 1e7, timeMsMax: 5_000, redirectsMax: 2, privateAddresses: true, file };
    const order = orderOf(provider, model);

    const accepted = await provider.submit(order, 'slot-1', never);
    const statuses = await pollAll(provider, accepted.job, clock.pass);

    const last = statuses.at(-1);
    if (last?.is !== 'done') throw new Error(JSON.stringify(last));
    const { asset } = last;
    const video = await (asset.at === 'own'
      ? provider.download(asset, limits, never)
      : http.download(asset.url, limits, never));
    const phases = new Set(statuses.map((status) => (status.is === 'pending' ? status.phase : status.is)));
    const [submit] = simulator.counters()[name].submits;
    expect(video).toMatchObject({ contentType: 'video/mp4' });
    expect(video.bytes).toBeGreaterThan(1_000);
    expect([...phases]).toEqual(['queue', 'generate', 'done']);
    expect(submit).toMatchObject({ model, key: name === 'kling' ? 'slot-1' : null });
    expect(simulator.counters()[name].submitsTotal).toBe(1);
  });

  it.each(MODELS.filter(([name, model]) => name !== 'fal' || model === FIRST.fal))(
    'agree on the price of %s/%s',
    async (name, model) => {
      const { simulator, provider } = world(name);
      const order = orderOf(provider, model);

      await provider.submit(order, 'slot-1', never);

      expect(simulator.counters()[name].costUsd).toBeCloseTo(order.facts.costUsd, 3);
    },
  );

  it.each(NAMES)('check %s for free', async (name) => {
    const { simulator, provider } = world(name);

    const checked = await provider.check?.(FIRST[name], never);

    expect(checked?.text).not.toBe('');
    expect(simulator.counters()[name]).toMatchObject({ checks: 1, submitsTotal: 0 });
    expect(checked?.notices.map(({ id }) => id)).toEqual(name === 'openai' ? ['openai:sora-2'] : []);
  });

  it.each(['runway', 'fal'] as const)('cancel at %s', async (name) => {
    const { simulator, provider } = world(name);
    const { job } = await provider.submit(orderOf(provider, FIRST[name]), 'slot-1', never);

    await provider.cancel?.(job, never);
    await provider.cancel?.(job, never);

    expect(simulator.counters()[name].cancels).toBe(2);
  });
});

describe('a fault of the simulated provider', () => {
  const each = (cause: string): Record<(typeof NAMES)[number], string> => ({
    runway: cause,
    kling: cause,
    fal: cause,
    openai: cause,
  });
  const FAULTS: readonly (readonly [FaultOrder['kind'], Record<(typeof NAMES)[number], string>])[] = [
    ['down', { ...each('overloaded'), kling: 'unavailable' }],
    ['rate_limited', each('rate_limited')],
    ['no_credit', each('no_credit')],
    ['bad_key', each('auth')],
    ['model_gone', { ...each('model_missing'), openai: 'retired' }],
    ['garbage', each('garbled')],
    ['empty_202', each('garbled')],
    ['reset', each('unavailable')],
    ['moderated', each('moderated')],
    ['generation_down', each('unavailable')],
  ];

  it.each(FAULTS.flatMap(([kind, causes]) => NAMES.map((name) => [kind, name, causes[name]] as const)))(
    '%s at %s is read as %s',
    async (kind, name, cause) => {
      const { clock, simulator, provider } = world(name);
      simulator.setFault(name, { kind });

      expect(await causeOfRun(provider, FIRST[name], clock.pass)).toBe(cause);
    },
  );
});

/** The cause of what goes wrong in a whole run, as the daemon would say it. */
async function causeOfRun(provider: Provider, model: string, pass: (ms: number) => void): Promise<string> {
  const facts = {
    phase: 'submit',
    httpStatus: null,
    code: null,
    message: '',
    hint: null,
    network: 'works',
  } as const;
  try {
    const { job } = await provider.submit(orderOf(provider, model), 'slot-1', never);
    const last = (await pollAll(provider, job, pass)).at(-1);
    if (last?.is !== 'failed') return `ended as ${JSON.stringify(last)}`;
    const hint = last.code === null ? null : provider.causeOfJobCode(last.code);
    return causeOf({ ...facts, kind: 'job', message: last.message, hint });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const kind = { status: 'status', bad_json: 'garbled', reset: 'transport' } as const;
    const { code, message, cause } = provider.explain(error);
    return causeOf({
      ...facts,
      kind: kind[error.code as keyof typeof kind],
      httpStatus: error.status,
      code,
      message,
      hint: error.code === 'status' ? cause : null,
    });
  }
}

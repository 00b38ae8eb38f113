import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { openrouter } from '../../src/providers/openrouter.ts';
import type { Comparable } from './compare.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

interface Written extends Comparable {
  step: 'submit' | 'poll' | 'check' | 'download';
  model?: string;
  order?: Partial<WantedVideo>;
}

const ID = 'job-abc123';
const file = new URL('../fixtures/openrouter/wire.json', import.meta.url);
const { requests } = JSON.parse(readFileSync(file, 'utf8')) as { requests: Written[] };

function sending({ method, path, headers, body }: Written): Comparable {
  const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 2_000 });
  return JSON.parse(
    JSON.stringify({ method, path, headers, body }).replace('<prompt>', prompt),
  ) as Comparable;
}

async function ours() {
  const recorder = await createRecorder([
    [/^POST /, { id: ID, polling_url: `/api/v1/videos/${ID}`, status: 'pending' }],
    [/^GET .*\/videos\/models$/, { data: [] }],
    [/^GET .*\/key$/, { data: { limit_remaining: null } }],
    [/^GET .*\/content$/, {}],
    [/^GET /, { id: ID, status: 'completed', unsigned_urls: [`/api/v1/videos/${ID}/content?index=0`] }],
  ]);
  return { recorder, provider: adapter(openrouter, 'sk-or-test', { baseUrl: `${recorder.origin}/api/v1` }) };
}

describe('the written-down requests of OpenRouter and our adapter', () => {
  const orders = requests.filter(({ step }) => step === 'submit');

  it.each(orders)('order $model with $order in the same way', async (written) => {
    const { recorder, provider } = await ours();
    const order = orderFor(provider, written.model ?? '', written.order ?? {});

    const sent = await recorder.during(() => provider.submit(order, 'k', never));

    expect(sent).toEqual([sending(written)]);
  });

  it('ask, check and download in the same way', async () => {
    const { recorder, provider } = await ours();
    const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const limits = { bytesMax: 100, timeMsMax: 5_000, redirectsMax: 0, privateAddresses: true };

    const sent = await recorder.during(async () => {
      const status = await provider.poll({ id: ID }, never);
      await provider.check?.('runway/gen-4.5', never);
      if (status.is !== 'done' || status.asset.at !== 'own') throw new Error(JSON.stringify(status));
      await provider.download(status.asset, { ...limits, file: join(directory, 'v.mp4') }, never);
    });

    expect(sent).toEqual(requests.filter(({ step }) => step !== 'submit').map(sending));
  });
});

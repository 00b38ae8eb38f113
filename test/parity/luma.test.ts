import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText, type WantedVideo } from '../../src/canary/canary.ts';
import { luma } from '../../src/providers/luma.ts';
import type { Comparable } from './compare.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const ID = '182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e';
const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 6_000 });
const file = new URL('../fixtures/luma/wire.json', import.meta.url);
const written = (
  JSON.parse(readFileSync(file, 'utf8').replace('<prompt>', prompt)) as {
    requests: (Comparable & { step: string })[];
  }
).requests.map(({ method, path, headers, body }) => ({ method, path, headers, body }));

async function ourSide() {
  const recorder = await createRecorder([
    [/^POST \/v1\/generations$/, { id: ID, state: 'queued' }],
    [/^GET \/v1\/generations\//, { id: ID, state: 'processing' }],
    [/^GET \/v1\/files$/, { data: [], has_more: false }],
  ]);
  const ours = adapter(luma, 'luma-agents-test', { baseUrl: `${recorder.origin}/v1` });
  return { recorder, ours };
}

describe("the recorded requests of Luma's Agents SDK and our adapter", () => {
  it('are the same', async () => {
    const { recorder, ours } = await ourSide();

    const sent = await recorder.during(async () => {
      await ours.submit(orderFor(ours, 'ray-3.2', {}), 'k', never);
      await ours.poll({ id: ID }, never);
      await ours.check?.('ray-3.2', never);
    });

    expect(sent).toEqual(written);
  });

  it.each([
    [{ aspect: '9:16' }, { aspect_ratio: '9:16', video: { duration: '5s', resolution: '540p' } }],
    [{ resolution: '720p' }, { aspect_ratio: '16:9', video: { duration: '5s', resolution: '720p' } }],
    [
      { resolution: '1080p', seconds: 10 },
      { aspect_ratio: '16:9', video: { duration: '10s', resolution: '1080p' } },
    ],
    [
      { seed: null, seconds: 10 },
      { aspect_ratio: '16:9', video: { duration: '10s', resolution: '540p' } },
    ],
  ] as const)('differ for %j only in what was asked', async (wanted: Partial<WantedVideo>, asked) => {
    const { recorder, ours } = await ourSide();

    const sent = await recorder.during(() => ours.submit(orderFor(ours, 'ray-3.2', wanted), 'k', never));

    const [submit] = written;
    expect(sent).toEqual([{ ...submit, body: { model: 'ray-3.2', type: 'video', prompt, ...asked } }]);
  });

  it('cover every model of the catalogue', () => {
    expect(Object.keys(luma.models)).toEqual(['ray-3.2']);
  });
});

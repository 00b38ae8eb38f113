import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WantedVideo } from '../../src/canary/canary.ts';
import { readFirstFrames } from '../../src/providers/first-frame.ts';
import { stability } from '../../src/providers/stability.ts';
import type { Comparable } from './compare.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const ID = 'a6dc6c6e20acda010fe14d71f180658f2896ed9b4ec25aa99a6ff06c796987c4';
const MODEL = 'stable-video-diffusion';
const file = new URL('../fixtures/stability/wire.json', import.meta.url);
const written = (
  JSON.parse(readFileSync(file, 'utf8')) as { requests: (Comparable & { step: string })[] }
).requests.map(({ method, path, headers, body }) => ({ method, path, headers, body }));

/** The pictures as a recorder that reads text sees them. */
const PICTURES = new Map(
  [...readFirstFrames()].map(([size, { bytes }]) => [Buffer.from(bytes).toString(), size]),
);

function named(sent: Comparable[]): Comparable[] {
  return JSON.parse(JSON.stringify(sent), (key, value: unknown) =>
    key === 'value' && PICTURES.has(String(value)) ? '<png>' : value,
  ) as Comparable[];
}

async function ourSide() {
  const recorder = await createRecorder([
    [/^POST \/v2beta\/image-to-video$/, { id: ID }],
    [/^GET \/v2beta\//, { finish_reason: 'CONTENT_FILTERED', video: '' }],
    [/^GET \/v1\/user\/balance$/, { credits: 25 }],
  ]);
  return { recorder, ours: adapter(stability, 'sk-test', { baseUrl: recorder.origin }) };
}

describe("the written-down requests of Stability's image to video and our adapter", () => {
  it('are the same', async () => {
    const { recorder, ours } = await ourSide();

    const sent = await recorder.during(async () => {
      await ours.submit(orderFor(ours, MODEL, {}), 'k', never);
      await ours.poll({ id: ID }, never);
      await ours.check?.(MODEL, never);
    });

    expect(named(sent)).toEqual(written);
  });

  it.each([
    [{ aspect: '9:16' }, '576x1024.png', ['image', 'seed']],
    [{ aspect: '1:1', seed: null }, '768x768.png', ['image']],
    [{ seconds: 4, seed: 0 }, '1024x576.png', ['image', 'seed']],
  ] as const)('send for %j the picture %s', async (wanted: Partial<WantedVideo>, filename, names) => {
    const { recorder, ours } = await ourSide();

    const sent = await recorder.during(() => ours.submit(orderFor(ours, MODEL, wanted), 'k', never));

    const [submit] = named(sent) as { body: { multipart: { name: string; filename?: string }[] } }[];
    const multipart = submit?.body.multipart ?? [];
    expect(multipart.map(({ name }) => name)).toEqual(names);
    expect(multipart[0]).toEqual({ name: 'image', value: '<png>', filename, type: 'image/png' });
  });

  it('cover every model of the catalogue', () => {
    expect(Object.keys(stability.models)).toEqual([MODEL]);
  });
});

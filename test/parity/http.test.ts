import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText } from '../../src/canary/canary.ts';
import { ltx, ltxOptions } from '../providers/http-description.ts';
import type { Comparable } from './compare.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const ID = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890';
const file = new URL('../fixtures/http/wire.json', import.meta.url);
const { requests } = JSON.parse(readFileSync(file, 'utf8')) as {
  requests: (Comparable & { step: string })[];
};

describe('the written-down requests of LTX and its description', () => {
  it('are the same', async () => {
    const { origin, during } = await createRecorder([
      [/^POST /, { id: ID, created_at: '2026-01-15T10:00:00.000Z' }],
      [/^GET /, { id: ID, status: 'processing' }],
    ]);
    const ours = adapter(ltx, 'key-test', { ...ltxOptions, baseUrl: origin });

    const sent = await during(async () => {
      const { job } = await ours.submit(orderFor(ours, 'ltx-2-3-fast', {}), 'k', never);
      await ours.poll(job, never);
      await ours.check?.('ltx-2-3-fast', never);
    });

    const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 10_000 });
    const written = requests.map(({ method, path, headers, body }) => ({ method, path, headers, body }));
    expect(sent).toEqual(JSON.parse(JSON.stringify(written).replace('<prompt>', prompt)));
  });
});

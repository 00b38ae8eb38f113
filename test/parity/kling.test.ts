import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CANARY, promptText } from '../../src/canary/canary.ts';
import { kling } from '../../src/providers/kling.ts';
import type { Comparable } from './compare.ts';
import { adapter, createRecorder, never, orderFor } from './recorder.ts';

const ID = '831922345719271433';
const file = new URL('../fixtures/kling/wire.json', import.meta.url);
const { requests } = JSON.parse(readFileSync(file, 'utf8')) as {
  requests: (Comparable & { step: string })[];
};

describe("the written-down requests of Kling's newer API and our adapter", () => {
  it('are the same', async () => {
    const { origin, during } = await createRecorder([
      [/^POST /, { code: 0, message: 'SUCCEED', data: { id: ID, status: 'submitted' } }],
      [/^GET /, { code: 0, message: 'SUCCEED', data: [{ id: ID, status: 'submitted' }] }],
    ]);
    const ours = adapter(kling, 'key-test', { baseUrl: origin });

    const sent = await during(async () => {
      await ours.submit(orderFor(ours, 'kling-3.0', {}), 'kling/kling-3.0@1795000000000', never);
      await ours.poll({ id: ID }, never);
      await ours.check?.('kling-3.0', never);
    });

    const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: true, charactersMax: 3_072 });
    const written = requests.map(({ method, path, headers, body }) => ({ method, path, headers, body }));
    expect(sent).toEqual(JSON.parse(JSON.stringify(written).replace('<prompt>', prompt)));
  });
});

import { readFileSync } from 'node:fs';
import { expect, it, describe, onTestFinished } from 'vitest';
import { DEFAULT_CANARY, promptText } from '../../src/canary/canary.ts';
import { klingLegacy } from '../../src/providers/kling-legacy.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createHttp } from '../../src/system/http.ts';
import type { Comparable } from './compare.ts';
import { createRecorder, never, orderFor } from './recorder.ts';

const ID = '831922345719271433';
const NOW = 1_795_000_000_000;
const file = new URL('../fixtures/kling-legacy/wire.json', import.meta.url);
const written = JSON.parse(readFileSync(file, 'utf8')) as {
  token: { header: object };
  requests: (Comparable & { step: string })[];
};

/** The parts of a token that are no signature. */
function read(authorization = ''): unknown[] {
  const parts = authorization.replace(/^Bearer /, '').split('.', 2);
  return parts.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown);
}

describe("the written-down requests of Kling's older API and our adapter", () => {
  it('are the same', async () => {
    const { origin, during } = await createRecorder([
      [/text2video/, { code: 0, message: 'SUCCEED', data: { task_id: ID, task_status: 'submitted' } }],
      [/costs$/, { code: 0, message: 'SUCCEED', data: { resource_pack_subscribe_infos: [] } }],
    ]);
    const http = createHttp({ clock: systemClock });
    onTestFinished(() => http.close());
    const keys = { accessKey: 'access-test', secretKey: 'secret-test', baseUrl: origin };
    const options: unknown = klingLegacy.options.parse(keys);
    const ours = klingLegacy.create({ options, http, models: klingLegacy.models, now: () => NOW });
    const submit = (model: string, wanted: Parameters<typeof orderFor>[2]) =>
      ours.submit(orderFor(ours, model, wanted), `kling-legacy/${model}@${NOW}`, never);

    const sent = await during(async () => {
      await submit('kling-v2-6', {});
      await submit('kling-v2-5-turbo', { aspect: '9:16', resolution: '1080p', seconds: 10 });
      await submit('kling-v3', { audio: true });
      await ours.poll({ id: ID }, never);
      await ours.check?.('kling-v2-6', never);
    });

    const prompt = promptText(DEFAULT_CANARY.prompt, { avoid: false, charactersMax: 2_500 });
    const expected = written.requests.map(({ method, path, headers, body }) => ({
      method,
      path,
      headers,
      body,
    }));
    const seconds = NOW / 1_000;
    for (const { headers } of sent)
      expect(read(headers['authorization'])).toEqual([
        written.token.header,
        { iss: 'access-test', exp: seconds + 1_800, nbf: seconds - 5 },
      ]);
    expect(sent.map((one) => ({ ...one, headers: { ...one.headers, authorization: '<token>' } }))).toEqual(
      JSON.parse(JSON.stringify(expected).replaceAll('<prompt>', prompt)),
    );
  });

  it('cover every model of the catalogue', () => {
    const models = written.requests.flatMap(({ body }) =>
      body === null ? [] : [(body as { model_name: string }).model_name],
    );

    expect(models.toSorted()).toEqual(Object.keys(klingLegacy.models).toSorted());
  });
});

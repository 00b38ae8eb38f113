import { describe, expect, it } from 'vitest';
import { RUNWAY_MODELS } from '../../src/simulator/runway-models.ts';
import { RUNWAY, createBench, type Bench } from './tools.ts';

const said = { promptText: 'A red ball.' };
const send = (bench: Bench, body: object) =>
  bench.call('POST', RUNWAY.submitPath, { body, headers: RUNWAY.headers });

describe('runway', () => {
  it.each([
    [{ model: 'gen4.5', ratio: '1280:720', duration: 2 }, 24],
    [{ model: 'veo3.1', ratio: '1280:720', duration: 4 }, 160],
    [{ model: 'veo3.1', ratio: '1280:720', duration: 4, audio: false }, 80],
    [{ model: 'veo3.1_fast', ratio: '1080:1920', duration: 8, audio: true }, 120],
    [{ model: 'wan3_prime', ratio: '832:480', duration: 2 }, 13.6],
    [{ model: 'wan3_prime', ratio: '1648:1248', duration: 2 }, 56],
    [{ model: 'seedance2', ratio: '1470:630', duration: 4 }, 144],
    [{ model: 'seedance2', ratio: '2206:946', duration: 4 }, 160],
    [{ model: 'seedance2', ratio: '3840:1646', duration: 4 }, 600],
    [{ model: 'seedance2', ratio: '864:496', duration: 'auto' }, 540],
    [{ model: 'seedance2_fast', ratio: '720:1280', duration: 5 }, 145],
    [{ model: 'seedance2_mini', ratio: '864:496', duration: 4 }, 64],
    [{ model: 'seedance2_5', ratio: '854:480', duration: 4 }, 80],
    [{ model: 'hailuo3', ratio: '16:9', resolution: '2k', duration: 5 }, 75],
    [{ model: 'h3_max', resolution: '768p', duration: 5 }, 40],
    [{ model: 'gemini_omni_flash_1.1', ratio: '640:360', duration: 3 }, 10.2],
    [{ model: 'gemini_omni_flash_1.1', ratio: '3840:2160', duration: 3 }, 90],
    [{ model: 'happyhorse_1_0' }, 75],
  ])('takes %j for %d credits', async (body, credits) => {
    const accepted = await send(createBench(), { ...said, ...body });

    expect(accepted.body).toMatchObject({ estimatedCost: { credits } });
  });

  it.each([
    [{ model: 'gen4.5' }, ['ratio', 'duration']],
    [{ model: 'gen4.5', ratio: '960:960', duration: 2 }, ['ratio']],
    [{ model: 'gen4.5', ratio: '1280:720', duration: 'auto' }, ['duration']],
    [{ model: 'veo3.1', ratio: '1280:720', duration: 5 }, ['duration']],
    [{ model: 'veo3.1', duration: 4, negativePrompt: 3, audio: 'no' }, ['ratio', 'audio', 'negativePrompt']],
    [{ model: 'wan3', ratio: '854:480', duration: 31, seed: 1 }, ['ratio', 'duration', 'seed']],
    [{ model: 'seedance2_mini', ratio: '1920:1080' }, ['ratio']],
    [{ model: 'seedance2_5', ratio: '864:496', seed: -1 }, ['ratio', 'seed']],
    [{ model: 'grok_imagine_1_5', ratio: '1280:720', resolution: '2k' }, ['ratio', 'resolution']],
    // Words alone leave nothing to adapt to (types of @runwayml/sdk 4.20.1).
    [{ model: 'hailuo3', ratio: 'adaptive', resolution: '768p' }, ['ratio']],
    [{ model: 'h3_max', ratio: '16:9', promptExpansionMode: 'on' }, ['promptExpansionMode', 'ratio']],
    [{ model: 'h3_max', duration: 4.5 }, ['duration']],
    [{ model: 'gemini_omni_flash', ratio: '640:360', audio: false }, ['ratio', 'audio']],
    [{ model: 'gen3a_turbo', ratio: '1280:720', duration: 5 }, ['model']],
  ])('refuses %j, naming %j', async (body, fields) => {
    const refused = await send(createBench(), { ...said, ...body });

    expect(refused.status).toBe(400);
    expect(refused.body.issues.map(({ path }: { path: string[] }) => path[0])).toEqual(fields);
  });

  it.each(Object.entries(RUNWAY_MODELS))('reads no longer prompt than %s does', async (model, facts) => {
    const order = { model, ratio: facts.ratios[0], duration: facts.seconds[0] };
    const promptText = 'a'.repeat(facts.promptUnitsMax + 1);

    const refused = await send(createBench(), { ...order, promptText });
    const taken = await send(createBench(), { ...order, promptText: promptText.slice(1) });

    expect(refused.body.issues).toMatchObject([{ path: ['promptText'] }]);
    expect(taken.status).toBe(200);
  });
});

import { describe, expect, it } from 'vitest';
import { createBench } from './tools.ts';

describe('the control paths', () => {
  it('sets, lists and heals faults over HTTP', async () => {
    const bench = createBench();

    const put = await bench.call('PUT', '/_sim/runway/faults', {
      body: { kind: 'down', model: 'gen4.5', for: '90s' },
    });
    const others = await bench.call('DELETE', '/_sim/runway/faults?model=wan3');
    const healed = await bench.call('DELETE', '/_sim/runway/faults?model=gen4.5');

    expect(put.body.faults).toEqual([expect.objectContaining({ kind: 'down', model: 'gen4.5' })]);
    expect(others.body.faults).toHaveLength(1);
    expect(healed.body.faults).toEqual([]);
  });

  it.each([
    ['/_sim/nobody/faults', { kind: 'down' }, 404, 'providers'],
    ['/_sim/runway/faults', { kind: 'sleepy' }, 400, 'kinds'],
    ['/_sim/runway/faults', { kind: 'down', for: 'soon' }, 400, 'kinds'],
    ['/_sim/runway/faults', { kind: 'down', p: 2 }, 400, 'kinds'],
    ['/_sim/runway/faults', { kind: 'bad_video', video: 'pink' }, 400, 'videos'],
  ])('%s with %j is a problem that lists what there is', async (path, body, status, lists) => {
    const bench = createBench();

    const answer = await bench.call('PUT', path, { body });

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body[lists].length).toBeGreaterThan(2);
  });

  it('has a page with curl lines, the faults and the books', async () => {
    const bench = createBench();
    bench.simulator.setFault('kling', { kind: 'slow', factor: 6, model: '<b>' });

    const page = await bench.call('GET', '/_sim');

    expect(page.text).toContain('curl -X PUT http://sim.test/_sim/runway/faults');
    expect(page.text).toContain('&lt;b&gt;');
    expect(page.text).not.toContain('<b>');
  });

  it('rejects a timeline that names what there is not', () => {
    const timeline = [{ at: '2m', provider: 'nobody', kind: 'down' }];

    expect(() => createBench({ timeline })).toThrow(
      'timeline[0]: Expected `provider` to be one of runway, kling',
    );
  });
});

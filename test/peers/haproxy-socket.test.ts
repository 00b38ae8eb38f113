import { afterEach, describe, expect, it } from 'vitest';
import { haproxySocket } from '../../src/routers/haproxy-socket.ts';
import { systemClock } from '../../src/system/clock.ts';
import { NO_HTTP, NO_SIGNER } from '../app/world.ts';
import { noSignal } from '../alerts/doors.ts';
import { startHaproxy, tcp } from './haproxy.ts';
import { NAMES, planOf, serversOf } from './plans.ts';
import { backend, endAll, order, poll, shares } from './process.ts';

/** The round of a weighted round robin need not begin with ours. */
const about = (count: number): unknown => expect.closeTo(count, -1);
const backends = () => Promise.all(NAMES.map((name) => backend(name)));

function sink(socket: string, servers = serversOf((name) => `t2v/${name}`)) {
  const options = haproxySocket.options.parse({ socket, servers });
  return haproxySocket.create({ options, http: NO_HTTP, clock: systemClock, tcp, signer: NO_SIGNER });
}

const push = (to: ReturnType<typeof sink>, weights: readonly number[]) =>
  to.push(planOf(weights), 0, noSignal());
const readBack = (to: ReturnType<typeof sink>, weights: readonly number[]) =>
  to.readBack(planOf(weights), noSignal());

afterEach(endAll);

describe("HAProxy's runtime socket", () => {
  it.each(['unix socket', 'loopback port'])(
    'takes weights over a %s, and orders follow them',
    async (way) => {
      const haproxy = await startHaproxy(await backends());
      const to = sink(way === 'unix socket' ? haproxy.socket : haproxy.tcpSocket);

      const answer = await push(to, [70, 0, 30]);

      expect(answer).toEqual({ is: 'applied', epoch: 7, generation: 412, notes: [] });
      expect(await haproxy.weights()).toEqual({ kling: 70, runway: 0, luma: 30 });
      expect(await shares(haproxy.port, 200)).toEqual({ kling: about(140), luma: about(60) });
      expect(await readBack(to, [70, 0, 30])).toEqual({ is: 'same' });
    },
  );

  it('drains without losing a single running job', async () => {
    const haproxy = await startHaproxy(await backends());
    const to = sink(haproxy.socket);
    await push(to, [50, 30, 20]);
    const orders = await Promise.all(Array.from({ length: 60 }, () => order(haproxy.port)));
    const running = orders.filter(({ body }) => body === 'runway').map(({ job }) => job);

    await push(to, [60, 0, 40]);

    const polls = await Promise.all(running.map((job) => poll(haproxy.port, job)));
    expect(running.length).toBeGreaterThanOrEqual(4);
    expect(polls).toEqual(running.map(() => 200));
    expect(await shares(haproxy.port, 50)).not.toHaveProperty('runway');
    // The same with `down`, which the sink never says: the jobs are lost.
    await haproxy.ask('set server t2v/runway state maint');
    expect(await Promise.all(running.map((job) => poll(haproxy.port, job)))).toContain(404);
  });

  it('sees at the next read-back that somebody else wrote another weight', async () => {
    const haproxy = await startHaproxy(await backends());
    const to = sink(haproxy.socket);
    await push(to, [70, 0, 30]);

    await haproxy.ask('set weight t2v/runway 55');

    expect(await readBack(to, [70, 0, 30])).toEqual({
      is: 'differs',
      what: ['t2v/runway has weight 55, not 0'],
    });
  });

  it('names the server that HAProxy does not have, and sets the others', async () => {
    const haproxy = await startHaproxy((await backends()).slice(0, 2));
    const to = sink(haproxy.socket);

    expect(await push(to, [60, 10, 30])).toEqual({
      is: 'retry',
      afterMs: null,
      why: 'HAProxy has no t2v/luma',
    });
    expect(await haproxy.weights()).toEqual({ kling: 60, runway: 10 });
    expect(await readBack(to, [60, 10, 30])).toEqual({ is: 'differs', what: ['HAProxy has no t2v/luma'] });
  });

  it('names every server of a backend that HAProxy does not have', async () => {
    const haproxy = await startHaproxy(await backends());
    const to = sink(
      haproxy.socket,
      serversOf((name) => `i2v/${name}`),
    );

    expect(await push(to, [60, 10, 30])).toMatchObject({
      is: 'retry',
      why: 'HAProxy has no i2v/kling; HAProxy has no i2v/runway; HAProxy has no i2v/luma',
    });
  });

  it('leaves a server alone whose agent somebody has disabled, and says so', async () => {
    const haproxy = await startHaproxy(await backends(), { agentPort: 9 });
    await haproxy.ask('disable agent t2v/runway;set weight t2v/runway 12');
    const to = sink(haproxy.socket);

    expect(await push(to, [70, 0, 30])).toMatchObject({
      is: 'applied',
      notes: ['t2v/runway keeps weight 12: its agent is disabled'],
    });
    expect(await haproxy.weights()).toEqual({ kling: 70, runway: 12, luma: 30 });
    expect(await readBack(to, [70, 0, 30])).toEqual({ is: 'same' });
    await haproxy.ask('enable agent t2v/runway');
    expect(await readBack(to, [70, 0, 30])).toMatchObject({ is: 'differs' });
  });

  it('finds its weights after a hot reload that hands over the state', async () => {
    const haproxy = await startHaproxy(await backends());
    const to = sink(haproxy.socket);
    await push(to, [42, 0, 58]);

    await haproxy.reload({ keepState: true });

    expect(await haproxy.weights()).toEqual({ kling: 42, runway: 0, luma: 58 });
    expect(await readBack(to, [42, 0, 58])).toEqual({ is: 'same' });
  });

  it('sees that a reload without the state has put the configured weights back', async () => {
    const haproxy = await startHaproxy(await backends());
    const to = sink(haproxy.socket);
    await push(to, [42, 0, 58]);

    await haproxy.reload({ keepState: false });

    expect(await readBack(to, [42, 0, 58])).toMatchObject({ is: 'differs' });
    expect(await push(to, [42, 0, 58])).toMatchObject({ is: 'applied' });
    expect(await haproxy.weights()).toEqual({ kling: 42, runway: 0, luma: 58 });
  });
});

import { describe, expect, it } from 'vitest';
import { haproxySocket } from '../../src/routers/haproxy-socket.ts';
import { NO_HTTP, NO_SIGNER } from '../app/world.ts';
import { noSignal, stoppedClock } from '../alerts/doors.ts';
import { plan } from './pushes.ts';
import { asked, SERVERS, wide } from './sinks.ts';

const socket = '/run/haproxy/reelwatch.sock';
const COLUMNS =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_agent_state';

function sink(tcp: Parameters<typeof haproxySocket.create>[0]['tcp'], servers: object = SERVERS) {
  const options = haproxySocket.options.parse({ socket, servers });
  return haproxySocket.create({ options, http: NO_HTTP, clock: stoppedClock(), tcp, signer: NO_SIGNER });
}

/** A HAProxy that does as it is told, but for what `more` says. */
function haproxy(servers: Record<string, number>, refuse: (server: string) => string | null = () => null) {
  return asked((text) => {
    const answers = text
      .trim()
      .split(';')
      .map((command) => {
        const [, server = '', weight = ''] = /^set weight (\S+) (\d+)$/.exec(command) ?? [];
        const refused = server === '' ? null : refuse(server);
        if (refused !== null) return refused;
        if (server in servers) servers[server] = Number(weight);
        if (server !== '') return server in servers ? '' : 'No such server.';
        const rows = Object.entries(servers).map(([name, weight]) => {
          const [backend, own] = name.split('/');
          return `3 ${backend} 1 ${own} 127.0.0.1 2 0 ${weight} 0`;
        });
        return ['1', COLUMNS, ...rows].join('\n');
      });
    return answers.map((answer) => `${answer}\n\n`).join('');
  });
}

describe('the push over the runtime socket', () => {
  it('sets every weight with one command, and asks before and after', async () => {
    const { tcp, heard } = haproxy({ 't2v/kling': 100, 't2v/runway': 100, 't2v/luma': 100 });

    expect(await sink(tcp).push(plan, 0, noSignal())).toMatchObject({
      is: 'applied',
      epoch: 7,
      generation: 412,
    });
    expect(heard).toEqual([
      'show servers state t2v\n',
      'set weight t2v/kling 47;set weight t2v/runway 0;set weight t2v/luma 53\n',
      'show servers state t2v\n',
    ]);
  });

  it('does not believe that a weight is set because nothing was said against it', async () => {
    const { tcp } = haproxy({ 't2v/kling': 100, 't2v/runway': 100, 't2v/luma': 100 }, (server) =>
      server === 't2v/luma' ? '' : null,
    );

    expect(await sink(tcp).push(plan, 0, noSignal())).toEqual({
      is: 'retry',
      afterMs: null,
      why: 't2v/luma has weight 100, not 53',
    });
  });

  it('repeats what HAProxy said against it', async () => {
    const { tcp } = haproxy({ 't2v/kling': 1, 't2v/runway': 1, 't2v/luma': 1 }, () => 'Permission denied');

    const answer = await sink(tcp).push(plan, 0, noSignal());

    expect(answer.is === 'retry' && answer.why).toContain('HAProxy said: Permission denied');
    expect(answer.is === 'retry' && answer.why.length).toBeLessThanOrEqual(300);
  });

  it('says which target has no server', async () => {
    const servers = { 't2v.default': { 'kling/kling-2.5': 't2v/kling', 'luma/ray-3': 't2v/luma' } };
    const { tcp } = haproxy({ 't2v/kling': 1, 't2v/luma': 1 });

    expect(await sink(tcp, servers).push(plan, 0, noSignal())).toMatchObject({
      is: 'retry',
      why: 'no server is configured for runway/gen4.5',
    });
  });

  it('splits what does not fit into one command line', async () => {
    const { plan, servers } = wide(1_000);
    const held = Object.fromEntries(Object.values(servers['t2v.default'] ?? {}).map((name) => [name, 100]));
    const { tcp, heard } = haproxy(held);

    expect(await sink(tcp, servers).push(plan, 0, noSignal())).toMatchObject({ is: 'applied' });
    const commands = heard.filter((text) => text.startsWith('set weight'));
    expect(commands.length).toBeGreaterThan(1);
    expect(Math.max(...commands.map((text) => text.length))).toBeLessThanOrEqual(8_001);
    expect(commands.flatMap((text) => text.trim().split(';'))).toHaveLength(1_000);
  });

  it.each(['connect', 'reset', 'timeout', 'too_large', 'aborted'] as const)(
    'comes again after %s',
    async (code) => {
      const { tcp } = asked(() => ({ code }));

      expect(await sink(tcp).push(plan, 0, noSignal())).toEqual({
        is: 'retry',
        afterMs: null,
        why: `no answer from HAProxy: ${code}`,
      });
      expect(await sink(tcp).readBack(plan, noSignal())).toEqual({
        is: 'unreachable',
        why: `no answer from HAProxy: ${code}`,
      });
    },
  );
});

describe('the options of the runtime socket', () => {
  it('name the routes', () => {
    expect(sink(asked(() => '').tcp).routes).toEqual(['t2v.default']);
  });

  it.each(['/run/h.sock', '127.0.0.1:9999', 'localhost:9999', '[::1]:9999'])('take %s', (socket) => {
    expect(haproxySocket.options.safeParse({ socket, servers: SERVERS }).success).toBe(true);
  });

  it.each([
    { socket: '10.0.0.1:9999' },
    { socket: '127.0.0.1' },
    { socket: '127.0.0.1:0' },
    { socket: '127.0.0.1:70000' },
    { servers: {} },
    { servers: { t2v: { 'a/b': 'kling' } } },
    { servers: { t2v: { 'a/b': 't2v/kling; shutdown sessions server t2v/kling' } } },
    { servers: { t2v: { 'a/b': 't2v/kling', 'a/c': 't2v/kling' } } },
    { extra: true },
  ])('refuse %j', (more) => {
    expect(haproxySocket.options.safeParse({ socket, servers: SERVERS, ...more }).success).toBe(false);
  });
});

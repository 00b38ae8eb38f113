import { describe, expect, it } from 'vitest';
import { listenForever } from '../../src/app/listener.ts';
import { SECOND } from '../../src/core/base.ts';
import { TcpError } from '../../src/ports/tcp.ts';
import { createParts } from './world.ts';

describe('a router that asks', () => {
  it('finds its port open as soon as it can be opened', async () => {
    const parts = await createParts();
    const tries: number[] = [];
    const begin = parts.time.now();
    const listener = {
      listen: async (_: unknown, signal: AbortSignal) => {
        tries.push(parts.time.now() - begin);
        if (tries.length < 3) throw new TcpError('listen', 'EADDRINUSE');
        await parts.clock.sleep(Infinity, signal);
      },
    };
    const loop = listenForever(parts, { id: 'agent', listener }, parts.stop.signal);

    await parts.goOn(60 * SECOND);
    parts.stop.abort();
    await parts.goOn(0);
    await loop;

    expect(tries).toEqual([0, 5 * SECOND, 10 * SECOND]);
    expect(parts.logged).toEqual(Array(2).fill('routers cannot ask: the port does not open'));
  });

  it('is told from the board, as it stands when it asks', async () => {
    const parts = await createParts();
    const seen: unknown[] = [];
    const listener = {
      listen: async (plans: unknown) => {
        seen.push(plans);
        parts.stop.abort();
        return Promise.resolve();
      },
    };

    await listenForever(parts, { id: 'agent', listener }, parts.stop.signal);

    expect(seen).toEqual([parts.board]);
  });

  it('ends the daemon where the fault is our own', async () => {
    const parts = await createParts();
    const listener = { listen: () => Promise.reject(new Error('a bug')) };

    await expect(listenForever(parts, { id: 'agent', listener }, parts.stop.signal)).rejects.toThrow('a bug');
  });
});

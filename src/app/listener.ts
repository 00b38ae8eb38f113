/** Routers that ask: their port stays open while the daemon lives. */

import { SECOND } from '../core/base.ts';
import type { RouterListener } from '../ports/channels.ts';
import { TcpError } from '../ports/tcp.ts';
import type { DispatcherDeps } from './dispatcher.ts';
import type { Board } from './board.ts';

const RETRY_MS = 5 * SECOND;

/** A port that is taken stops nothing else: routers that get no answer keep the weights they have. */
export async function listenForever(
  { board, clock, log }: Pick<DispatcherDeps, 'clock' | 'log'> & { board: Board },
  { id, listener }: { id: string; listener: RouterListener },
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await listener.listen(board, stop);
    } catch (error) {
      if (!(error instanceof TcpError)) throw error;
      log.error({ sink: id, error, retryMs: RETRY_MS }, 'routers cannot ask: the port does not open');
      await clock.sleep(RETRY_MS, stop);
    }
  }
}

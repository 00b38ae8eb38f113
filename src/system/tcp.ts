/** The door to plain TCP and unix sockets: limits, deadlines, one kind of error. */

import { createServer, connect, isIP } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Clock } from '../ports/clock.ts';
import { TcpError } from '../ports/tcp.ts';
import type { AnswerLimits, Place, Tcp } from '../ports/tcp.ts';
import { isPublicAddress } from './address.ts';
import { createDeadline } from './deadline.ts';

export function createTcp({ clock }: { clock: Clock }): Tcp {
  return {
    ask: async (place, text, limits, signal) => {
      const deadline = createDeadline(clock, limits.timeMsMax, signal);
      const socket = connect('path' in place ? { path: place.path } : place);
      try {
        return await deadline.within(exchange(socket, place, text, limits.charactersMax));
      } catch (error) {
        const why = deadline.reason();
        if (why === null) throw error;
        throw new TcpError(why, `${nameOf(place)} gave no whole answer within ${limits.timeMsMax} ms`, error);
      } finally {
        deadline.end();
        socket.destroy();
      }
    },
    answer: async (place, reply, limits, signal) => {
      if (!limits.publicAddresses && !isOurs(place.host))
        throw new TcpError('address_refused', `${place.host} is no loopback or private address`);
      const server = createServer((socket) => serve(socket, reply, limits));
      server.maxConnections = limits.connectionsMax;
      await listen(server, place);
      const over = new Promise<void>((resolve) => {
        const close = () => server.close(() => resolve());
        if (signal.aborted) close();
        else signal.addEventListener('abort', close, { once: true });
      });
      return { port: (server.address() as AddressInfo).port, over };
    },
  };
}

function exchange(socket: Socket, place: Place, text: string, charactersMax: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    let isOpen = false;
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      isOpen = true;
      socket.write(text);
    });
    socket.on('data', (chunk: string) => {
      heard += chunk;
      if (heard.length <= charactersMax) return;
      socket.destroy();
      reject(
        new TcpError('too_large', `${nameOf(place)} answered with more than ${charactersMax} characters`),
      );
    });
    socket.on('end', () => resolve(heard));
    socket.on('error', (error) =>
      reject(new TcpError(isOpen ? 'reset' : 'connect', `${nameOf(place)}: ${error.message}`, error)),
    );
    socket.on('close', () => reject(new TcpError('reset', `${nameOf(place)} hung up`)));
  });
}

function listen(server: Server, place: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (error) =>
      reject(new TcpError('listen', `Cannot listen on ${nameOf(place)}: ${error.message}`, error)),
    );
    server.listen({ ...place, exclusive: true }, resolve);
  });
}

function serve(socket: Socket, reply: (line: string) => string | null, limits: AnswerLimits): void {
  let heard = '';
  socket.setEncoding('utf8');
  // Whoever asks and then goes away is not our trouble.
  socket.on('error', () => socket.destroy());
  socket.setTimeout(limits.timeMsMax, () => socket.destroy());
  socket.on('data', (chunk: string) => {
    heard += chunk;
    const end = heard.search(/[\r\n]/);
    if (end === -1 && heard.length <= limits.lineCharactersMax) return;
    socket.removeAllListeners('data');
    const answer = end === -1 || end > limits.lineCharactersMax ? null : reply(heard.slice(0, end).trim());
    if (answer === null) socket.destroy();
    else socket.end(answer);
  });
}

function isOurs(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && !isAnyOrPublic(host));
}

function isAnyOrPublic(address: string): boolean {
  return isPublicAddress(address) || /^[0:.]+$/.test(address);
}

function nameOf(place: Place): string {
  return 'path' in place ? place.path : `${place.host}:${place.port}`;
}

/** The door to plain TCP and unix sockets, for routers that speak no HTTP. The real one is system/tcp.ts. */

/** Where somebody listens: an address, or the path of a unix socket. */
export type Place = { host: string; port: number } | { path: string };

/** Stable codes for every way it can go wrong at the door. */
export type TcpErrorCode =
  | 'connect' // nobody listens there, or we may not connect
  | 'reset' // the connection broke in the middle
  | 'timeout' // no whole answer in time
  | 'too_large' // the answer is longer than was allowed
  | 'aborted' // we stopped it ourselves
  | 'listen' // the port is taken, or the address is not ours
  | 'address_refused'; // we may not listen on a public address

/** The world failing, thrown once at the door. `message` is for people and never read by code. */
export class TcpError extends Error {
  readonly code: TcpErrorCode;

  constructor(code: TcpErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'TcpError';
    this.code = code;
  }
}

export interface AnswerLimits {
  lineCharactersMax: number;
  /** A connection that says nothing for so long is closed. */
  timeMsMax: number;
  connectionsMax: number;
  publicAddresses: boolean;
}

export interface Listening {
  port: number;
  /** Settles once the signal has aborted and the port is free again. */
  over: Promise<void>;
}

export interface Tcp {
  /** Sends a text and gives back what comes until the other side closes. Throws TcpError and nothing else. */
  ask: (
    place: Place,
    text: string,
    limits: { charactersMax: number; timeMsMax: number },
    signal: AbortSignal,
  ) => Promise<string>;
  /**
   * Answers the first line of every connection and closes it; null closes without an answer. Loopback and private
   * addresses only, unless `publicAddresses`: there is no password on such a port. Throws TcpError and nothing else.
   */
  answer: (
    place: { host: string; port: number },
    reply: (line: string) => string | null,
    limits: AnswerLimits,
    signal: AbortSignal,
  ) => Promise<Listening>;
}

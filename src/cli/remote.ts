/** The running daemon, as commands that change something speak to it: over HTTP, with a token where it wants one. */

import { secretsOf } from '../config/print.ts';
import { HttpError } from '../ports/http.ts';
import type { Payload, Shape } from '../ports/http.ts';
import { systemClock } from '../system/clock.ts';
import { createHttp } from '../system/http.ts';
import { readLocalToken } from '../system/local-token.ts';
import type { Scope } from '../web/access.ts';
import { configured } from './configured.ts';
import { end, EXIT } from './exit.ts';
import { VERSION } from './version.ts';

/** Where the daemon is and who we are; each without a value is taken from the configuration. */
export interface RemoteOptions {
  config: string;
  url?: string;
  token?: string;
}

/** Options of commands that read: the store of the configuration, or with `url` a running daemon. */
export interface ReadOptions extends RemoteOptions {
  json?: true;
}

export interface Remote {
  /** Whether the token names its holder: then its name signs what nobody else signs. */
  isNamed: boolean;
  /** Calls the daemon; ends the process with a sentence where it refuses or is not there. */
  call: <T>(
    method: 'GET' | 'PUT' | 'DELETE',
    path: string,
    payload: Payload | null,
    shape: Shape<T>,
  ) => Promise<T>;
}

/** @param scope what is going to be asked for: of the tokens in the configuration the first that may do that is used */
export function remoteOf(options: RemoteOptions, scope: Scope): Remote {
  const { url, token, isNamed, secrets } = placeOf(options, scope);
  const http = createHttp({ clock: systemClock, secrets, userAgent: `reelwatch/${VERSION}` });
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol) || base.username !== '' || base.search !== '')
    end(EXIT.usage, `Expected the address of a daemon such as http://127.0.0.1:8780, got ${url}.`);
  const api = http.at(url, token === null ? {} : { authorization: `Bearer ${token}` });
  const signal = new AbortController().signal;
  return {
    isNamed,
    call: async (method, path, payload, shape) => {
      try {
        const answer =
          method === 'GET'
            ? await api.get(path, shape, signal)
            : await api.send(method, path, payload, shape, signal);
        return answer.body;
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        return complain(error, url);
      } finally {
        await http.close();
      }
    },
  };
}

interface Place {
  url: string;
  token: string | null;
  isNamed: boolean;
  secrets: string[];
}

function placeOf({ config: file, url, token }: RemoteOptions, scope: Scope): Place {
  if (url !== undefined)
    return {
      url,
      token: token ?? null,
      isNamed: token !== undefined,
      secrets: token === undefined ? [] : [token],
    };
  const { config } = configured(file);
  const { data, server } = config.options;
  const { host, port, tokens } = server;
  const own = tokens.find(({ scopes }) => scopes.includes(scope))?.token;
  const named = token ?? own ?? null;
  const used = named ?? (scope === 'read' ? null : readLocalToken(data.dir));
  // Whoever listens everywhere listens here.
  const here = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return {
    url: `http://${here.includes(':') ? `[${here}]` : here}:${port}`,
    token: used,
    isNamed: named !== null,
    secrets: [...secretsOf(config), ...(used === null ? [] : [used])],
  };
}

function complain(error: HttpError, url: string): never {
  if (error.code === 'connect')
    end(EXIT.taken, `No daemon answers at ${url}, so nothing was changed: is it running?`, error.message);
  if (error.status === null)
    end(
      EXIT.taken,
      `The daemon at ${url} did not answer to the end; it may have been done: see audit.`,
      error.message,
    );
  const detail = detailIn(error.body) ?? error.message;
  const isOurs = error.status === 400 || error.status === 404 || error.status === 409;
  end(isOurs ? EXIT.usage : EXIT.taken, detail);
}

/** The sentence of a problem+json. */
function detailIn(body: string): string | null {
  try {
    const detail: unknown = Reflect.get(Object(JSON.parse(body)), 'detail');
    return typeof detail === 'string' ? detail : null;
  } catch {
    return null;
  }
}

/** From what was thrown at the door to a failure as facts. */

import { readCodes } from '../core/codes.ts';
import { hear } from '../core/errors.ts';
import type { Failure, FailureKind, Phase } from '../core/trace.ts';
import { HttpError } from '../ports/http.ts';
import type { HttpErrorCode } from '../ports/http.ts';
import type { Explained, Provider } from '../ports/provider.ts';
import type { NetworkState } from './network.ts';

const MESSAGE_CHARS_MAX = 500;

const KIND: Record<HttpErrorCode, FailureKind> = {
  status: 'status',
  body_too_large: 'garbled',
  bad_json: 'garbled',
  timeout: 'silence',
  connect: 'transport',
  reset: 'transport',
  redirect: 'garbled',
  address_refused: 'address_refused',
  aborted: 'lost',
};

/** Describes a failed call; of a body's codes the most telling one where the adapter's table is silent. Whatever is not an HttpError is a fault of ours and is thrown on. */
export function failureOf(
  error: unknown,
  phase: Phase,
  provider: Pick<Provider, 'explain'>,
  network: NetworkState,
): Failure {
  if (!(error instanceof HttpError)) throw error;
  const kind = phase === 'fetch' && error.code === 'body_too_large' ? 'oversize' : KIND[error.code];
  const said = error.status !== null && phase !== 'fetch' ? provider.explain(error) : null;
  return {
    phase,
    kind,
    httpStatus: error.status,
    code: said === null ? null : codeOf(said, error),
    message: cut(said?.message || error.message),
    hint: kind === 'status' ? (said?.cause ?? null) : null,
    network,
  };
}

/** An adapter reads one code of a body; Google and gateways send several, and the clearest may be another. */
function codeOf(said: Explained, error: HttpError): string | null {
  if (said.cause !== null) return said.code;
  const codes = [...(said.code === null ? [] : [said.code]), ...hear(error.body).codes];
  const best = readCodes(codes);
  return best?.isSharp === true ? best.code : (said.code ?? best?.code ?? null);
}

export function failureFrom(
  phase: Phase,
  kind: FailureKind,
  message: string,
  more: Partial<Failure> = {},
): Failure {
  return {
    phase,
    kind,
    httpStatus: null,
    code: null,
    message: cut(message),
    hint: null,
    network: 'unknown',
    ...more,
  };
}

/** Tells a failure from whatever else a stretch of a run can come to. */
export function isFailure(value: unknown): value is Failure {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && 'phase' in value && 'hint' in value
  );
}

function cut(text: string): string {
  return text.length <= MESSAGE_CHARS_MAX ? text : `${text.slice(0, MESSAGE_CHARS_MAX - 1)}…`;
}

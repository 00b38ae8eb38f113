/** How a payload is written on the wire. */

import { createHash } from 'node:crypto';
import type { Payload } from '../ports/http.ts';

export interface Written {
  type: string;
  text: string;
}

/** Body and content type of a payload. The same payload always becomes the same bytes. */
export function write(payload: Payload): Written {
  if ('json' in payload) return { type: 'application/json', text: JSON.stringify(payload.json) };
  if ('text' in payload) return { type: payload.type, text: payload.text };
  return writeForm(payload.form);
}

/** RFC 7578 in the given order. The boundary is a hash of the content: nothing random, and never part of it. */
function writeForm(form: [name: string, value: string][]): Written {
  const hash = createHash('sha256').update(JSON.stringify(form)).digest('hex').slice(0, 32);
  const boundary = `reelwatch-${hash}`;
  const parts = form.map(
    ([name, value]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${escapeName(name)}"\r\n\r\n${value}\r\n`,
  );
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    text: `${parts.join('')}--${boundary}--\r\n`,
  };
}

/** As browsers do it (https://html.spec.whatwg.org/#multipart-form-data, checked 2026-11-21). */
function escapeName(name: string): string {
  return name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22');
}

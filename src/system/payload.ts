/** How a payload is written on the wire. */

import { createHash } from 'node:crypto';
import type { FormFile, Payload } from '../ports/http.ts';

export interface Written {
  type: string;
  body: string | Uint8Array<ArrayBuffer>;
}

/** Body and content type of a payload. The same payload always becomes the same bytes. */
export function write(payload: Payload): Written {
  if ('json' in payload) return { type: 'application/json', body: JSON.stringify(payload.json) };
  if ('text' in payload) return { type: payload.type, body: payload.text };
  return writeForm(payload.form);
}

/** RFC 7578 in the given order. The boundary is a hash of the content: nothing random, and never part of it. */
function writeForm(form: [name: string, value: string | FormFile][]): Written {
  const hash = createHash('sha256');
  for (const [name, value] of form)
    hash.update(JSON.stringify([name, value])).update(typeof value === 'string' ? value : value.bytes);
  const boundary = `reelwatch-${hash.digest('hex').slice(0, 32)}`;
  const parts = form.flatMap(([name, value]) => [
    `--${boundary}\r\n${headOf(name, value)}\r\n\r\n`,
    typeof value === 'string' ? value : value.bytes,
    '\r\n',
  ]);
  const body = Buffer.concat([...parts, `--${boundary}--\r\n`].map((part) => Buffer.from(part)));
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}

function headOf(name: string, value: string | FormFile): string {
  const head = `content-disposition: form-data; name="${escapeName(name)}"`;
  if (typeof value === 'string') return head;
  return `${head}; filename="${escapeName(value.filename)}"\r\ncontent-type: ${value.type}`;
}

/** As browsers do it (https://html.spec.whatwg.org/#multipart-form-data, checked 2026-11-21). */
function escapeName(name: string): string {
  return name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22');
}

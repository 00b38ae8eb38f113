/** Reads a JSON answer that may hold a whole video: long texts are decoded piece by piece and never become a string. */

import { InlineFile } from '../ports/http.ts';

/** A longer text is a file in base64; a shorter one may be anything. */
const TEXT_BYTES_MAX = 256 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What stands for a file until the rest is parsed; JSON has no such character unless it is escaped. */
const PLACE = '\0';

export interface InlineReader {
  write: (chunk: Uint8Array) => void;
  /** The bytes so far that are no file. */
  restBytes: () => number;
  /** The JSON with places for the files. */
  end: () => string;
  /** The file that a text of the parsed JSON stands for; undefined where it is a text. */
  fileAt: (text: string) => InlineFile | undefined;
}

export function createInlineReader(): InlineReader {
  const rest = createRest();
  const files: InlineFile[] = [];
  let isInText = false;
  let text = createText();

  const write = (bytes: Uint8Array): void => {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    /** Where begins what has not been kept or taken yet. */
    let from = 0;
    for (let at = 0; at < chunk.length;) {
      const quote = isInText ? text.endIn(chunk, at) : chunk.indexOf(QUOTE, at);
      const end = quote < 0 ? chunk.length : quote;
      // Most texts are short and whole: they stay where they are.
      const isCut = isInText && (quote < 0 || !text.isEmpty() || end - at > TEXT_BYTES_MAX);
      if (isCut) {
        rest.keep(chunk.subarray(from, at));
        text.take(chunk.subarray(at, end));
        from = end;
      }
      if (isCut && quote >= 0) close();
      if (quote >= 0) isInText = !isInText;
      at = end + 1;
    }
    rest.keep(chunk.subarray(from));
  };
  const close = (): void => {
    const ended = text.end();
    text = createText();
    if (ended instanceof InlineFile) {
      rest.keep(Buffer.from(`\\u0000${files.length}`));
      files.push(ended);
    } else for (const piece of ended) rest.keep(piece);
  };
  return {
    write,
    restBytes: rest.bytes,
    end: () => {
      // A text that broke off: what is left is no JSON.
      if (isInText) close();
      return rest.text();
    },
    fileAt: (text) => (text.startsWith(PLACE) ? files[Number(text.slice(PLACE.length))] : undefined),
  };
}

function createRest() {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  return {
    keep: (piece: Uint8Array): void => {
      if (piece.length === 0) return;
      pieces.push(piece);
      bytes += piece.length;
    },
    bytes: () => bytes,
    text: () => new TextDecoder().decode(Buffer.concat(pieces)),
  };
}

/** A text of the JSON that is longer than a chunk or cut by one: held until it is too long to be anything but a file. */
function createText() {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let file: Decoder | null = null;
  /** Whether the piece before ended in a backslash that escapes what comes next. */
  let isEscaping = false;
  return {
    isEmpty: () => heldBytes === 0,
    take: (piece: Uint8Array): void => {
      heldBytes += piece.length;
      if (file !== null) return file.write(piece);
      held.push(piece);
      if (heldBytes <= TEXT_BYTES_MAX) return;
      file = createDecoder();
      for (const one of held) file.write(one);
      held = [];
    },
    /** Where the text ends that goes on at `from`; -1 where not in this chunk. */
    endIn: (chunk: Buffer, from: number): number => {
      for (let at = chunk.indexOf(QUOTE, from); at >= 0; at = chunk.indexOf(QUOTE, at + 1))
        if (!isEscaped(chunk, from, at, isEscaping)) return at;
      isEscaping = isEscaped(chunk, from, chunk.length, isEscaping);
      return -1;
    },
    end: (): InlineFile | Uint8Array[] => file?.end() ?? held,
  };
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(chunk: Buffer, from: number, at: number, before: boolean): boolean {
  let start = at;
  while (start > from && chunk[start - 1] === BACKSLASH) start--;
  const isOdd = (at - start) % 2 === 1;
  return start === from && before ? !isOdd : isOdd;
}

interface Decoder {
  write: (piece: Uint8Array) => void;
  end: () => InlineFile;
}

const DATA_URL = /^data:[^,]{0,200},/;
const OTHERS = /[^\w+/=-]+/g;
/** `\u003d` is the longest escape that stands in base64 (Gson writes `=` so). */
const ESCAPE_CHARS = 6;

function createDecoder(): Decoder {
  const parts: Uint8Array[] = [];
  let isFirst = true;
  let escape = '';
  let quad = '';
  const decode = (text: string): void => {
    const plain = text.includes('\\') ? text.replaceAll(/\\u003d/gi, '=').replaceAll(/\\[nrt]/g, '') : text;
    const base64 = quad + (isFirst ? plain.replace(DATA_URL, '') : plain).replaceAll(OTHERS, '');
    isFirst = false;
    const whole = base64.length - (base64.length % 4);
    quad = base64.slice(whole);
    if (whole > 0) parts.push(Buffer.from(base64.slice(0, whole), 'base64'));
  };
  return {
    write: (piece) => {
      const text = escape + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
      const cut = text.indexOf('\\', Math.max(0, text.length - ESCAPE_CHARS + 1));
      escape = cut < 0 ? '' : text.slice(cut);
      decode(cut < 0 ? text : text.slice(0, cut));
    },
    end: () => {
      decode(escape);
      if (quad !== '') parts.push(Buffer.from(quad, 'base64'));
      return new InlineFile(parts);
    },
  };
}

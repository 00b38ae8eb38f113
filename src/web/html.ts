/** HTML that is safe by construction: whatever is put into a template is escaped, unless it was made by one. */

export interface Html {
  readonly html: string;
}

export type Part = Html | string | number | null | false | readonly Part[];

/** Joins a template; texts and numbers are escaped, null and false vanish, other Html goes in as it is. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0] ?? '';
  parts.forEach((part, i) => {
    text += written(part) + (strings[i + 1] ?? '');
  });
  return { html: text };
}

/** Escapes for element content and for quoted attributes alike. */
export function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}

/** A link target that someone else named: only http(s) addresses become links, never `javascript:` ones. */
export function outsideUrl(url: string): string | null {
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? url : null;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function written(part: Part): string {
  if (part === null || part === false) return '';
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return String(part);
  if ('html' in part) return part.html;
  return part.map(written).join('');
}

/** Makes XML 1.0 that every parser takes, whatever the strings in it hold. */
import { escapeHtml } from './markup.js';

/**
 * For text: characters that XML 1.0 forbids even as references (section 2.2: control characters, lone surrogates, U+FFFE, U+FFFF) are
 * shown as `\u{...}`, as on pages.
 */
export function xmlText(text: string): string {
  return escapeHtml(text);
}

/** For an attribute in either kind of quotes: parsers turn bare line breaks and tabs into spaces (section 3.3.3). */
export function xmlAttribute(text: string): string {
  return escapeHtml(text).replace(/[\t\n]/g, (char) => `&#${char.charCodeAt(0)};`);
}

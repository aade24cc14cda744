/** Text of the system under test as it may be shown, on the host and in the page. */

/**
 * Control characters and lone surrogates have no place in HTML, and characters that turn the direction of the text round
 * (U+202E and kin) or take no room could make a value read as something else.
 */
const INVISIBLE =
  /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{2069}\u{feff}\u{fffe}\u{ffff}\p{Cs}]/gu;

/** Such characters as `\u{...}`; the rest as it is. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}

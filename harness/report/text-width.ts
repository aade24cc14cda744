/**
 * How wide a line of text will be, without a browser: widths of a common sans-serif font per kind of character, a little
 * on the large side, because a label with too much room is better than two labels that run into each other.
 */

const NARROW = /[iljtfrI.,:;'!|()[\] ]/u;
const WIDE = /[mwMWQGO@%…]/u;
const CAPITAL = /[A-Z]/u;
/** Basic Latin and what else is about as wide as a letter; the rest (CJK, emoji) is counted as full width. */
const LATIN = /[\u{20}-\u{24f}\u{2010}-\u{2027}\u{2190}-\u{21ff}\u{2212}]/u;

/** Width in px at the given font size; bold text is some 8 % wider. */
export function textWidth(text: string, fontSize: number, bold = false): number {
  let units = 0;
  for (const char of text) {
    if (!LATIN.test(char)) units += 1.1;
    else if (NARROW.test(char)) units += 0.36;
    else if (WIDE.test(char)) units += 0.92;
    else if (CAPITAL.test(char)) units += 0.72;
    else units += 0.6;
  }
  return units * fontSize * (bold ? 1.08 : 1);
}

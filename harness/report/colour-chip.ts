/** A colour of a campaign as a chip: a word and a sign, so that nobody has to tell colours apart. */
import type { Colour } from './colour-names.js';
import { html, type Markup } from './markup.js';

const SIGNS: Record<Colour, string> = {
  red: '✗',
  blind: '∅',
  harness: '!',
  environment: '⌂',
  yellow: '?',
  green: '✓',
};

export function colourChip(colour: Colour, more = ''): Markup {
  return html`<span class="chip-outcome colour-${colour}">${SIGNS[colour]} ${colour}${more}</span>`;
}

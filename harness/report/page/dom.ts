/** Makes elements. Whatever is said in them is text: nothing here, and nothing that uses it, reads a string as markup. */
import { visible } from '../visible.js';

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** `false` and `undefined` leave the attribute out, `true` gives it without a value. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : visible(String(value)));
  made.append(...children.filter((child) => child !== undefined).map((child) => textOf(child)));
  return made;
}

const textOf = (child: Node | string): Node | string => (typeof child === 'string' ? visible(child) : child);

/** The value of a custom property of the style sheet, such as `--fault`: light or dark as the reader has it. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Calls `fn` whenever the page turns from light to dark or back. */
export function onSchemeChange(fn: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', fn);
}

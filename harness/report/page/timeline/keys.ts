/** What a key does to the timeline. Pure. */
export type Command =
  | { readonly do: 'pan'; readonly by: number }
  | { readonly do: 'zoom'; readonly factor: number }
  | { readonly do: 'window'; readonly to: 'start' | 'end' | 'all' }
  | { readonly do: 'violation' | 'row' | 'thing'; readonly by: 1 | -1 }
  | { readonly do: 'page'; readonly by: 1 | -1 }
  | { readonly do: 'leave' };

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const STEP = 0.15;
const LEAP = 0.9;
const ZOOM = 1.6;

/** Keys with Ctrl, Alt or Cmd belong to the browser. */
export function commandOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Key): Command | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  switch (key) {
    case 'ArrowLeft':
      return { do: 'pan', by: shiftKey ? -LEAP : -STEP };
    case 'ArrowRight':
      return { do: 'pan', by: shiftKey ? LEAP : STEP };
    case '+':
    case '=':
      return { do: 'zoom', factor: 1 / ZOOM };
    case '-':
    case '_':
      return { do: 'zoom', factor: ZOOM };
    case 'Home':
      return { do: 'window', to: 'start' };
    case 'End':
      return { do: 'window', to: 'end' };
    case '0':
      return { do: 'window', to: 'all' };
    case 'n':
      return { do: 'violation', by: 1 };
    case 'p':
      return { do: 'violation', by: -1 };
    case 'ArrowDown':
      return { do: 'row', by: 1 };
    case 'ArrowUp':
      return { do: 'row', by: -1 };
    case 'PageDown':
      return { do: 'page', by: 1 };
    case 'PageUp':
      return { do: 'page', by: -1 };
    case 'Enter':
      return { do: 'thing', by: shiftKey ? -1 : 1 };
    case 'Escape':
      return { do: 'leave' };
    default:
      return undefined;
  }
}

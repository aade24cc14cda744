/**
 * Reads EDN (github.com/edn-format/edn) line by line and hands over one value after the other. Written here and not taken from
 * the package edn-data 1.2, which knows no line numbers, takes `[1}` and `{:a}` without a word, throws a TypeError at a stray `]`
 * and rounds integers above 2^53.
 *
 * nil, booleans and strings become themselves; integers numbers, or bigints beyond 2^53; floats numbers; keywords and symbols
 * `EdnName`; characters strings; lists and vectors arrays; maps `Map`; sets `Set`. Tags are passed over (`#jepsen.history.Op{…}`
 * is its map), discards (`#_`) and comments are left out. What stands in an outermost list or vector is handed over piece by piece:
 * a history of any length in one pair of brackets needs no more memory than its longest entry.
 */
import type { LineReader, Unreadable } from './event.js';

/** A keyword (with its colon) or a symbol. There is one of each text, so that they can be compared and be keys. */
export class EdnName {
  private constructor(readonly text: string) {}

  private static readonly all = new Map<string, EdnName>();

  static of(text: string): EdnName {
    let name = EdnName.all.get(text);
    if (!name) EdnName.all.set(text, (name = new EdnName(text)));
    return name;
  }
}

/** Nesting and size that no history needs; what goes beyond is garbage that should not take the memory with it. */
const DEEPEST = 100;
const MOST_PARTS = 4_000_000;
const LONGEST_STRING = 16 * 1024 * 1024;
const LONGEST_TOKEN = 1000;

interface Collection {
  kind: '[' | '(' | '{' | '#{';
  parts: unknown[];
  line: number;
}
type Frame = Collection | { kind: 'tag' | 'discard'; line: number };

const CLOSES = { ')': '(', ']': '[' } as const;
const TOKEN = /[^\s,()[\]{}";]+/y;
const CHARACTER = /\\(?:u[0-9a-fA-F]{4}|[a-zA-Z]+|.)/uy;
const CHARACTERS: ReadonlyMap<string, string> = new Map([
  ['newline', '\n'],
  ['return', '\r'],
  ['space', ' '],
  ['tab', '\t'],
]);
const ESCAPES: Record<string, string> = { t: '\t', r: '\r', n: '\n', b: '\b', f: '\f', '\\': '\\', '"': '"' };
const INTEGER = /^[+-]?\d+N?$/;
const FLOAT = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['nil', null],
  ['true', true],
  ['false', false],
]);

/**
 * `onValue` gets each value with the line on which it begins; what it answers ends the reading. `spread`: whether what stands in
 * an outermost list or vector is handed over piece by piece.
 */
export function createEdnReader(
  onValue: (value: unknown, line: number) => Unreadable | undefined,
  { spread = true }: { spread?: boolean } = {},
): LineReader {
  const isSpread = ({ kind }: Collection): boolean => spread && (kind === '[' || kind === '(');
  const stack: Frame[] = [];
  /** What has been read of a string that goes on in the next line. */
  let text: string | undefined;
  let textLine = 0;
  let parts = 0;

  /** A value is complete: to whom it belongs. */
  function complete(value: unknown, startLine: number): Unreadable | undefined {
    let line = startLine;
    for (;;) {
      const top = stack.at(-1);
      if (top?.kind !== 'tag' && top?.kind !== 'discard') break;
      stack.pop();
      line = top.line;
      if (top.kind === 'discard') return undefined;
    }
    const top = stack.at(-1);
    if (!top || !('parts' in top) || (stack.length === 1 && isSpread(top))) {
      parts = 0;
      return onValue(value, line);
    }
    top.parts.push(value);
    parts += 1;
    return parts > MOST_PARTS ? { line, reason: `an entry of more than ${MOST_PARTS} parts` } : undefined;
  }

  function open(kind: Frame['kind'], line: number): Unreadable | undefined {
    if (stack.length >= DEEPEST) return { line, reason: `nested deeper than ${DEEPEST}` };
    stack.push(kind === 'tag' || kind === 'discard' ? { kind, line } : { kind, parts: [], line });
    return undefined;
  }

  function close(bracket: ')' | ']' | '}', line: number): Unreadable | undefined {
    const frame = stack.pop();
    if (!frame) return { line, reason: `"${bracket}" closes nothing` };
    if (!('parts' in frame)) return { line, reason: `"${bracket}" where a value must follow a tag or #_` };
    const fits = bracket === '}' ? frame.kind === '{' || frame.kind === '#{' : frame.kind === CLOSES[bracket];
    if (!fits) return { line, reason: `"${bracket}" closes the "${frame.kind}" of line ${frame.line}` };
    // Its parts have been handed over one by one.
    if (stack.length === 0 && isSpread(frame)) return undefined;
    if (frame.kind === '#{') return complete(new Set(frame.parts), frame.line);
    if (frame.kind !== '{') return complete(frame.parts, frame.line);
    if (frame.parts.length % 2 === 1) return { line, reason: 'a map with a key that has no value' };
    const map = new Map<unknown, unknown>();
    for (let at = 0; at < frame.parts.length; at += 2) map.set(frame.parts[at], frame.parts[at + 1]);
    return map.size * 2 === frame.parts.length
      ? complete(map, frame.line)
      : { line, reason: 'a map with the same key twice' };
  }

  /** Reads on in the open string from `from`; answers with the place behind it, the row's end if it goes on in the next line. */
  function string(row: string, from: number, line: number): number | Unreadable {
    let read = text ?? '';
    for (let at = from; ; ) {
      const end = indexOfEither(row, at);
      read += row.slice(at, end === -1 ? undefined : end);
      if (read.length > LONGEST_STRING) return { line: textLine, reason: 'a string that does not end' };
      if (end === -1) {
        text = `${read}\n`;
        return row.length;
      }
      if (row[end] === '"') {
        text = undefined;
        return complete(read, textLine) ?? end + 1;
      }
      const escaped = row[end + 1] ?? '';
      if (escaped === 'u') {
        const hex = row.slice(end + 2, end + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) return { line, reason: `unknown escape "\\u${hex}" in a string` };
        read += String.fromCharCode(Number.parseInt(hex, 16));
        at = end + 6;
      } else {
        const stands = ESCAPES[escaped];
        if (stands === undefined) return { line, reason: `unknown escape "\\${escaped}" in a string` };
        read += stands;
        at = end + 2;
      }
    }
  }

  function dispatch(row: string, at: number, line: number): { problem: Unreadable | undefined; end: number } {
    const next = row[at + 1] ?? '';
    if (next === '{') return { problem: open('#{', line), end: at + 2 };
    if (next === '_') return { problem: open('discard', line), end: at + 2 };
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(row)?.[0] ?? '';
    const end = at + token.length;
    // ##Inf, ##-Inf and ##NaN are values.
    if (next === '#') return { problem: complete(EdnName.of(token), line), end };
    if (!/^#[a-zA-Z]/.test(token)) return { problem: { line, reason: `"#${next}" is not EDN` }, end };
    return { problem: open('tag', line), end };
  }

  function read(row: string, line: number): Unreadable | undefined {
    let at = 0;
    let problem: Unreadable | undefined;
    if (text !== undefined) {
      const next = string(row, 0, line);
      if (typeof next === 'object') return next;
      at = next;
    }
    while (at < row.length) {
      const char = row[at] as string;
      switch (char) {
        case ' ':
        case ',':
        case '\t':
        case '\r':
          at += 1;
          break;
        case ';':
          return undefined;
        case '"': {
          text = '';
          textLine = line;
          const next = string(row, at + 1, line);
          if (typeof next === 'object') return next;
          at = next;
          break;
        }
        case '(':
        case '[':
        case '{':
          problem = open(char, line);
          at += 1;
          break;
        case ')':
        case ']':
        case '}':
          problem = close(char, line);
          at += 1;
          break;
        case '#': {
          const done = dispatch(row, at, line);
          problem = done.problem;
          at = done.end;
          break;
        }
        case '\\': {
          CHARACTER.lastIndex = at;
          const token = CHARACTER.exec(row)?.[0] ?? '';
          if (token === '') return { line, reason: 'a backslash without a character' };
          at += token.length;
          problem = complete(character(token.slice(1)), line);
          break;
        }
        default: {
          TOKEN.lastIndex = at;
          const token = TOKEN.exec(row)?.[0] ?? '';
          // White space that EDN does not know, such as a no-break space.
          at += Math.max(token.length, 1);
          if (token.length > LONGEST_TOKEN) return { line, reason: `a word of ${token.length} characters` };
          if (token !== '') problem = complete(atom(token), line);
        }
      }
      if (problem) return problem;
    }
    return undefined;
  }

  return {
    line: read,
    end() {
      if (text !== undefined) return { line: textLine, reason: 'a string that does not end' };
      const open = stack.at(-1);
      return open && { line: open.line, reason: 'the file ends before what begins here does' };
    },
  };
}

/** The values in a text of one line. */
export function parseEdn(text: string): { values: unknown[] } | { reason: string } {
  const values: unknown[] = [];
  const reader = createEdnReader(
    (value) => {
      values.push(value);
      return undefined;
    },
    { spread: false },
  );
  const problem = reader.line(text, 1) ?? reader.end();
  return problem ? { reason: problem.reason } : { values };
}

function indexOfEither(row: string, from: number): number {
  const quote = row.indexOf('"', from);
  const escape = row.indexOf('\\', from);
  return escape !== -1 && (quote === -1 || escape < quote) ? escape : quote;
}

function atom(token: string): unknown {
  const word = WORDS.get(token);
  if (word !== undefined) return word;
  const first = token.charCodeAt(0);
  if ((first >= 48 && first <= 57) || first === 43 || first === 45) {
    if (INTEGER.test(token)) {
      const digits = token.endsWith('N') ? token.slice(0, -1) : token;
      const number = Number(digits);
      return Number.isSafeInteger(number) ? number : BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
    }
    if (FLOAT.test(token)) return Number(token.endsWith('M') ? token.slice(0, -1) : token);
  }
  return EdnName.of(token);
}

function character(name: string): string {
  if (name.length === 5 && name.startsWith('u')) return String.fromCharCode(Number.parseInt(name.slice(1), 16));
  return CHARACTERS.get(name) ?? name;
}

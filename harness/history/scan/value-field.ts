/** The `value` of a line: an integer or null goes into the columns as it is, and of anything small equal ones become one object. */
import { ABSENT, NONE, NULL, NUMBER, OTHER, type ValueColumns } from '../tables.js';
import { type Fields, INTEGER, MISSING, NESTED, TEXT } from './line-scanner.js';
import { Memo } from './memo.js';

interface Other {
  value: unknown;
  /** Among the values of the table; `NONE` before it is put there. */
  place: number;
}

export class ValueField {
  readonly #fields: Fields;
  readonly #place: number;
  // That a million times `{deleted: true}` is one object saves its room. What JSON.parse takes here, between a name and a comma or
  // brace, it takes in the whole line, and takes it alike.
  readonly #parsed = new Memo((json): Other => ({ value: JSON.parse(json) as unknown, place: NONE }));
  #other: Other = { value: null, place: NONE };

  /** `place`: that of the field. */
  constructor(fields: Fields, place: number) {
    this.#fields = fields;
    this.#place = place;
  }

  /** Whether the value of the line that was scanned last is JSON. Has to be asked before it is put anywhere. */
  read(): boolean {
    const { bytes, kind, start, end, hash } = this.#fields;
    const place = this.#place;
    if (kind[place] !== TEXT && kind[place] !== NESTED) return true;
    // With the quotes of a text.
    const around = kind[place] === TEXT ? 1 : 0;
    const from = (start[place] as number) - around;
    try {
      this.#other = this.#parsed.of(bytes, from, (end[place] as number) + around, hash[place] as number);
      return true;
    } catch {
      return false;
    }
  }

  /** Puts it into the row. */
  put(columns: Pick<ValueColumns, 'valueKind' | 'number'>, values: unknown[], row: number): void {
    const { kind, number } = this.#fields;
    switch (kind[this.#place]) {
      case INTEGER:
        columns.valueKind[row] = NUMBER;
        columns.number[row] = number[this.#place] as number;
        break;
      case TEXT:
      case NESTED:
        columns.valueKind[row] = OTHER;
        if (this.#other.place === NONE) this.#other.place = values.push(this.#other.value) - 1;
        columns.number[row] = this.#other.place;
        break;
      default:
        columns.valueKind[row] = kind[this.#place] === MISSING ? ABSENT : NULL;
    }
  }
}

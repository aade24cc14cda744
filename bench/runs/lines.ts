/** Writes JSON lines, a megabyte at a time. */
import { closeSync, openSync, writeSync } from 'node:fs';

const ENOUGH = 1024 * 1024;

export interface Lines {
  add(value: object): void;
  /** Answers with the bytes of the file. */
  end(): number;
}

export function createLines(path: string): Lines {
  const file = openSync(path, 'w');
  let waiting: string[] = [];
  let length = 0;
  let bytes = 0;
  function write(): void {
    bytes += writeSync(file, waiting.join(''));
    waiting = [];
    length = 0;
  }
  return {
    add(value) {
      const line = `${JSON.stringify(value)}\n`;
      waiting.push(line);
      length += line.length;
      if (length >= ENOUGH) write();
    },
    end() {
      write();
      closeSync(file);
      return bytes;
    },
  };
}

/** The compiled program of reports (page/main.ts, scripts/build.mjs). */
import { readFileSync } from 'node:fs';

/** Beside the compiled host; where the host runs from its sources, in the folder for compiled code. */
const PLACES = ['../../page/page.js', '../../dist/page/page.js'].map((path) => new URL(path, import.meta.url));

/** As it may stand in a script element. Throws if it has not been compiled. */
export function pageProgram(): string {
  for (const place of PLACES) {
    let program: string;
    try {
      program = readFileSync(place, 'utf8');
    } catch {
      continue;
    }
    // What would end the element early, or hide its end (HTML, "restrictions for contents of script elements").
    if (/<\/script|<script|<!--/i.test(program)) throw new Error(`${place.pathname} cannot stand in a page`);
    return program;
  }
  throw new Error('the program of reports is not compiled: npm run build');
}

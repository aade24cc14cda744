/** `history.edn` in the folder of a run: its operations as Jepsen's tools read them (docs/history-formats.md). */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { exportHistory } from '../formats/export-history.js';
import { FILES } from '../run/results.js';

/**
 * Writes it piece by piece, whatever the length of the run, and in one step: there is no half of a file. A run that never came to an
 * operation has none. Throws where the file cannot be written.
 */
export async function writeEdn(dir: string): Promise<void> {
  const file = join(dir, FILES.edn);
  const fresh = `${file}.${process.pid}`;
  const out = createWriteStream(fresh);
  const ended = finished(out);
  // Whoever waits for it below learns of the failure; meanwhile it is nobody's.
  ended.catch(() => undefined);
  try {
    const exported = await exportHistory(join(dir, FILES.history), {
      format: 'edn',
      part: 'all',
      async write(text) {
        if (out.errored === null && !out.write(text)) await Promise.race([once(out, 'drain'), ended]);
      },
    });
    out.end();
    await ended;
    if (exported.kind === 'unreadable' && exported.line > 0) throw new Error(exported.reason);
    await (exported.kind === 'exported' ? rename(fresh, file) : rm(fresh, { force: true }));
  } catch (error) {
    out.destroy();
    await rm(fresh, { force: true });
    throw error;
  }
}

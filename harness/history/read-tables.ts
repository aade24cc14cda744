/**
 * Reads the logs of a run back into tables. What a checker gets from here has the shape that the types say, without gaps and with
 * time never running backwards; anything else is refused with file, line and reason. The one damage that is expected, a last line
 * torn by the death of the writer, is left out and reported. What the entries mean together is pairing.ts.
 *
 * Files are cut into parts, which worker threads read and parse (read-part.ts); this thread only puts the parts together, so that it
 * stays free for progress and interrupts.
 */
import { stat } from 'node:fs/promises';
import { LOG_KINDS, LOGS, type LogName } from './log-kinds.js';
import { type LogPart, memoryFor, type PartTask, readPart, TOO_MANY_NAMES } from './read-part.js';
import { createTableBuilders, type LogTables, type TableBuilders } from './table-builders.js';
import { createThreads, threadsFor } from './threads.js';

/** One path each. A log of decisions or of watch events may be missing: it then is empty. */
export type LogPaths = Readonly<Record<LogName, string>>;

export type TablesRead =
  | {
      ok: true;
      tables: LogTables;
      /** Files whose last line was torn and left out. */
      torn: string[];
    }
  | {
      ok: false;
      file: string;
      /** From 1; 0 if the file could not be read at all. */
      line: number;
      reason: string;
    };

export interface ReadOptions {
  /** Called as parts come in. Bytes of all files together. */
  onProgress?: (progress: { bytes: number; total: number }) => void;
  /** Bytes of a part. */
  partBytes?: number;
}

/** So much that handing a part over costs little beside parsing it, and so little that what waits to be put together is little. */
const PART_BYTES = 1024 * 1024;
/** Parts that are read or wait to be put together, at the most: one more for each thread than it works on. */
const AHEAD = 2 * threadsFor(Number.POSITIVE_INFINITY);
/** Starting threads, and compiling what is fast, takes as long as reading this much. */
const SMALL_BYTES = 8 * 1024 * 1024;
/** The scan makes hardly any objects. */
const YOUNG_MEGABYTES = 4;
/** Room is made for so many times the rows that the first part lets one expect; memory that is never touched costs nothing. */
const MARGIN = 1.25;

interface LogFile {
  log: LogName;
  path: string;
  size: number;
}

type Refused = Extract<TablesRead, { ok: false }>;

/** Memory: 43 bytes a history entry, 47 a decision, 43 a watch event, and a few parts. Never rejects. */
export async function readTables(paths: LogPaths, options: ReadOptions = {}): Promise<TablesRead> {
  const { onProgress, partBytes = PART_BYTES } = options;
  const files: LogFile[] = [];
  for (const log of LOGS) {
    const size = await sizeOf(log, paths[log]);
    if (typeof size === 'string') return unreadable(paths[log], size);
    files.push({ log, path: paths[log], size });
  }
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const isLarge = total > SMALL_BYTES;
  const tasks = files.flatMap((file) => tasksOf(file, partBytes)).map((task) => ({ ...task, isLarge }));
  const threads = createThreads<PartTask, LogPart>({
    module: new URL('./read-part-thread.js', import.meta.url),
    work: readPart,
    threads: isLarge ? threadsFor(tasks.length) : 0,
    youngMegabytes: YOUNG_MEGABYTES,
  });
  const parts: Promise<LogPart | string>[] = [];
  const memories = isLarge ? Array.from({ length: AHEAD }, () => memoryFor(partBytes)) : [];
  const builders = createTableBuilders({ history: 0, decisions: 0, ownership: 0 }, true);
  const torn: string[] = [];
  let bytes = 0;
  try {
    for (const [at, { log, path, start, end, size }] of tasks.entries()) {
      // So many parts at most wait to be put together, even if this thread gets its turn only now and then.
      for (const task of tasks.slice(parts.length, at + AHEAD)) {
        // The part that had this memory before has been put together.
        const memory = memories[parts.length % AHEAD];
        parts.push(threads.run({ ...task, memory }).catch(messageOf));
      }
      const part = await (parts[at] as (typeof parts)[number]);
      // What has been put together is not held any longer.
      delete parts[at];
      if (typeof part === 'string') return unreadable(path, part);
      if (start === 0) builders[log].makeRoom((MARGIN * rowsOf(part, log) * size) / (end - start));
      const refused = takePart(builders, log, path, part);
      if (refused !== undefined) return refused;
      if (part.torn) torn.push(path);
      bytes += end - start;
      onProgress?.({ bytes, total });
    }
    return { ok: true, tables: builders.finish(), torn };
  } finally {
    await threads.end();
  }
}

/** Bytes of the log, or why it cannot be read. A run that was killed has no decisions; the checkers then say that they do not know. */
async function sizeOf(log: LogName, path: string): Promise<number | string> {
  try {
    const { size } = await stat(path);
    return size;
  } catch (error) {
    return log !== 'history' && (error as NodeJS.ErrnoException).code === 'ENOENT' ? 0 : messageOf(error);
  }
}

type SizedTask = LogFile & { start: number; end: number };

function tasksOf(file: LogFile, partBytes: number): SizedTask[] {
  const { size } = file;
  return Array.from({ length: Math.ceil(size / partBytes) }, (_, at) => {
    const start = at * partBytes;
    return { ...file, start, end: Math.min(start + partBytes, size) };
  });
}

/** Puts the part behind what is there, unless it does not follow or has a problem of its own. */
function takePart(builders: TableBuilders, log: LogName, file: string, part: LogPart): Refused | undefined {
  const { tables, first, problem } = part;
  const { length: before, lastTime } = builders[log];
  const kind = LOG_KINDS[log];
  const objection = first && kind.objection(first, kind.begins + before, lastTime);
  if (objection !== undefined) return { ok: false, file, line: before + 1, reason: objection };
  if (!builders.addPart(tables)) return unreadable(file, TOO_MANY_NAMES);
  return problem === undefined ? undefined : { ok: false, file, line: before + rowsOf(part, log) + 1, reason: problem };
}

function rowsOf({ tables }: LogPart, log: LogName): number {
  return tables[log].length;
}

function unreadable(file: string, why: string): Refused {
  return { ok: false, file, line: 0, reason: `cannot be read: ${why}` };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The durable storage's file: its decisions, one JSON object a line, in the order of `seq`, each line forced to the disk before
 * anybody hears of the decision. The file is the log and the state at once: values, tokens and the highest token of each key
 * follow from the lines.
 *
 * Commits are made in groups (D. Gawlick and D. Kinkade, "Varieties of Concurrency Control in IMS/VS Fast Path", 1985): while
 * one fdatasync is under way, decisions gather, and the next one carries them all. What it does not do: compaction; the file
 * grows with the run.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import type { Decision } from '../../harness/history/decision.js';
import { tokenSchema } from '../../harness/history/token.js';

const decisionSchema = z.object({
  seq: z.number().int().positive(),
  op: z.number().int(),
  process: z.number().int(),
  f: z.enum(['read', 'write']),
  key: z.string(),
  token: tokenSchema,
  value: z.unknown().optional(),
  verdict: z.enum(['accepted', 'refused']),
  reason: z.string().optional(),
  highest: tokenSchema,
});

/**
 * What the bytes of a file hold. A last line without its newline was being written when the program was killed: nobody was told
 * of it, so it never happened, and the file ends before it (`bytes`). A whole line that is no decision, or not the next
 * one, is damage that no kill explains: `line` counts from 1.
 */
export type Recovered =
  | { kind: 'whole'; decisions: Decision[]; bytes: number }
  | { kind: 'damaged'; line: number; reason: string };

export function recover(file: Buffer): Recovered {
  const decisions: Decision[] = [];
  let start = 0;
  for (;;) {
    const end = file.indexOf('\n', start);
    if (end === -1) return { kind: 'whole', decisions, bytes: start };
    const line = decisions.length + 1;
    const read = readDecision(file.toString('utf8', start, end));
    if ('reason' in read) return { kind: 'damaged', line, reason: read.reason };
    if (read.decision.seq !== line) return { kind: 'damaged', line, reason: `its number is ${read.decision.seq}` };
    decisions.push(read.decision);
    start = end + 1;
  }
}

function readDecision(text: string): { decision: Decision } | { reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { reason: (error as Error).message };
  }
  const parsed = decisionSchema.safeParse(json);
  // As it was parsed, not as the schema copied it: see writeRequestSchema on what zod does to a value.
  return parsed.success ? { decision: json as Decision } : { reason: z.prettifyError(parsed.error) };
}

export interface DecisionFile {
  /** What the file held when it was opened. */
  readonly recovered: readonly Decision[];
  /** Adds a line, newline included; it goes to the disk with the next group. */
  append(line: string): void;
  /** Calls back when all that was appended until now is on the disk; never after a failure. */
  whenKept(callback: () => void): void;
  /** Resolves with the error after which nothing is kept any more, such as ENOSPC. */
  failed: Promise<Error>;
  /** Empties the file; resolves when that is on the disk. Nothing may be decided meanwhile. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Opens or makes the file, and cuts off a torn end. Rejects for a file that cannot be read or is damaged. */
export async function openDecisionFile(path: string): Promise<DecisionFile> {
  const handle = await open(path, 'a+', 0o600);
  try {
    const recovered = recover(await handle.readFile());
    if (recovered.kind === 'damaged') throw new Error(`${path}: line ${recovered.line}: ${recovered.reason}`);
    await handle.truncate(recovered.bytes);
    await handle.datasync();
    return { recovered: recovered.decisions, ...createCommits(handle) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function createCommits(handle: FileHandle): Omit<DecisionFile, 'recovered'> {
  let lines: string[] = [];
  let waiting: (() => void)[] = [];
  let commits: Promise<void> | undefined;
  let reportFailure: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => (reportFailure = resolve));

  async function commitAll(): Promise<void> {
    while (waiting.length > 0) {
      const callbacks = waiting;
      const text = lines.join('');
      lines = [];
      waiting = [];
      if (text !== '') {
        await handle.appendFile(text);
        await handle.datasync();
      }
      for (const callback of callbacks) callback();
    }
    commits = undefined;
  }

  return {
    failed,
    append: (line) => void lines.push(line),
    whenKept(callback) {
      waiting.push(callback);
      // After a failure `commits` stays set: a line behind a torn one could never be read back.
      commits ??= commitAll().catch(reportFailure);
    },
    async clear() {
      await commits;
      await handle.truncate(0);
      await handle.datasync();
    },
    async close() {
      await commits;
      await handle.close();
    },
  };
}

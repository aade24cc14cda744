// Runs a program of the host to its end and tells how it went. Never throws, never uses a shell.
import { createWriteStream } from 'node:fs';
import { execa } from 'execa';

/** What a program of the host answered. `message` is one line for a person when `ok` is false. */
export interface ShellResult {
  readonly ok: boolean;
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly message: string;
}

/** How {@link shell} runs its program. */
export interface ShellOptions {
  readonly cwd?: string;
  /** Variables on top of this process's own; `undefined` removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until it is killed; none by default. */
  readonly timeout?: number;
  /** A file that receives a copy of both outputs, appended. */
  readonly log?: string;
}

/** A callback for one line of progress meant for a person. */
export type Say = (line: string) => void;

/**
 * Runs `file` with `args`; it has no standard input, and its group is not this process's: an interrupt typed at the
 * terminal is this process's to handle, not the program's.
 */
export async function shell(file: string, args: readonly string[], options: ShellOptions = {}): Promise<ShellResult> {
  const child = execa(file, args, {
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: true,
    detached: process.platform !== 'win32',
    cleanup: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  });
  if (options.log !== undefined) {
    const log = createWriteStream(options.log, { flags: 'a' });
    log.write(`$ ${file} ${args.join(' ')}\n`);
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    void child.finally(() => log.end());
  }
  const result = await child;
  const ok = !result.failed;
  return {
    ok,
    exitCode: result.exitCode,
    stdout: String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
    message: ok ? '' : (result.shortMessage ?? 'did not run'),
  };
}

/** The last `lines` lines of a text, without trailing blank ones. */
export function tail(text: string, lines: number): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

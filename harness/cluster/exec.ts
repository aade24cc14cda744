// Runs a program inside a container and talks to it line by line over its standard input and output. The engine carries
// the bytes, so no fault in the test network cuts this. When this process dies, the program reads the end of its input.
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { splitLines } from '../history/lines.js';
import { createDemuxer } from './demux.js';

/** A running program, seen from outside. */
export interface ExecStream {
  /** Writes one line to its standard input at once; it must not hold a newline. Silent once the stream is closed. */
  send(line: string): void;
  /** Who takes the lines of its standard output, without their newlines. Nothing is read before this is called. */
  onLine(callback: (line: string) => void): void;
  /** Who takes the lines of its standard error. */
  onStderr(callback: (line: string) => void): void;
  /** Resolves when the stream has ended, never rejects; `code` is undefined if the engine could not tell it. */
  readonly closed: Promise<ExecEnd>;
  /** Ends its standard input. */
  end(): void;
}

export interface ExecEnd {
  readonly code: number | undefined;
  readonly reason: string;
}

/**
 * A container, and whether it is joined to the process numbers of another one, as a pod's program is: the engine (20.10 at
 * least) never ends the streams of one that dies, as its processes do not die with the first of their numbers.
 */
export interface Place {
  readonly container: string;
  readonly joined?: boolean;
}

/** Starts `command` in a container. Rejects with the engine's error if that cannot be. */
export async function openStream(
  docker: Docker,
  { container, joined = false }: Place,
  command: readonly string[],
): Promise<ExecStream> {
  const exec = await docker.getContainer(container).exec({
    Cmd: [...command],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  });
  const socket = (await exec.start({ hijack: true, stdin: true })) as unknown as Socket;
  tune(socket);

  let onLine: (line: string) => void = () => undefined;
  let onStderr: (line: string) => void = () => undefined;
  let trouble: string | undefined;
  const stdout = splitLines((line) => onLine(line));
  const stderr = splitLines((line) => onStderr(line));
  const demux = createDemuxer(stdout, stderr);

  const closed = new Promise<void>((resolve) => {
    socket.on('error', (error) => (trouble ??= error.message));
    socket.on('close', () => {
      stdout.end();
      stderr.end();
      resolve();
    });
    socket.on('end', () => socket.end());
  }).then(() => (trouble === CONTAINER_ENDED ? { code: undefined, reason: trouble } : endOf(exec, trouble)));
  if (joined) {
    void containerEnd(docker, container, closed).then((ended) => {
      if (ended) socket.destroy(new Error(CONTAINER_ENDED));
    });
  }

  const read = (chunk: Buffer): void => {
    try {
      demux(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  };
  return {
    send(line) {
      if (line.includes('\n')) throw new Error(`a line with a newline in it: ${JSON.stringify(line.slice(0, 200))}`);
      if (socket.writable) socket.write(`${line}\n`);
    },
    onLine(callback) {
      onLine = callback;
      if (socket.listenerCount('data') === 0) socket.on('data', read);
    },
    onStderr(callback) {
      onStderr = callback;
    },
    closed,
    end: () => void socket.end(),
  };
}

/** What a program printed that was run to its end. */
export interface ExecResult extends ExecEnd {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `command` in a container to its end, without input. Rejects with the engine's error if it cannot be started. */
export async function runInContainer(docker: Docker, place: Place, command: readonly string[]): Promise<ExecResult> {
  const stream = await openStream(docker, place, command);
  const stdout: string[] = [];
  const stderr: string[] = [];
  stream.onStderr((line) => stderr.push(line));
  stream.onLine((line) => stdout.push(line));
  stream.end();
  return { ...(await stream.closed), stdout: stdout.join('\n'), stderr: stderr.join('\n') };
}

function tune(socket: Socket): void {
  // An engine far away is reached over TCP, where a small line would wait for company and a dead peer go unnoticed.
  if (typeof socket.setNoDelay === 'function') socket.setNoDelay(true);
  if (typeof socket.setKeepAlive === 'function') socket.setKeepAlive(true, 5000);
}

const CONTAINER_ENDED = 'its container ended';
/** How long what a program wrote last may be on its way once its container has ended. */
const LAST_WORDS_MS = 200;

/** Resolves true when the container has ended, false when the stream has before it. */
async function containerEnd(docker: Docker, container: string, closed: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  void closed.then(() => over.abort());
  try {
    await docker.getContainer(container).wait({ abortSignal: over.signal });
    await sleep(LAST_WORDS_MS);
    return true;
  } catch {
    return false; // closed, or the engine is gone, which ends the stream as well
  }
}

/** The engine notes the exit code a moment after the stream has ended. */
const EXIT_CODE_WITHIN_MS = 2000;

async function endOf(exec: Docker.Exec, trouble: string | undefined): Promise<ExecEnd> {
  try {
    for (let waited = 0; waited < EXIT_CODE_WITHIN_MS; waited += 20) {
      const { Running, ExitCode } = await exec.inspect();
      if (!Running && ExitCode !== null) return { code: ExitCode, reason: 'the program ended' };
      await sleep(20);
    }
    return { code: undefined, reason: trouble ?? 'the connection ended, the program has not' };
  } catch (error) {
    return { code: undefined, reason: `the engine does not answer: ${trouble ?? (error as Error).message}` };
  }
}

/**
 * Appends lines to a new file while a run goes on. Lines wait in memory for at most 50 ms and then go out together in one
 * write; never are two writes under way at once, so that the file always holds whole lines and at most one torn one at its end.
 *
 * What has been given to write(2) belongs to the kernel and survives `kill -9` of this process. There is no fsync: it would
 * only help against the machine going down, which ends every container of the run as well.
 */
import { type FileHandle, open } from 'node:fs/promises';

/** Longest time for which a line waits in memory before its write is begun, in ms, as long as the event loop turns. */
const FLUSH_MS = 50;

/** What the two buffers begin with, in bytes: three windows of 20,000 operations a second. They grow if need be. */
const ROOM = 1024 * 1024;
const NEWLINE = 10;

/** Why lines are missing from the file. From then on nothing more is written, so that what is there stays readable. */
export interface LineFileFailure {
  /** File and reason, for people. */
  message: string;
}

export interface LineFile {
  /** Takes one line, without its newline. Never blocks and never fails; a failed file drops it. */
  append(line: string): void;
  /** Resolves when everything appended before the call has been written, or the file has failed. Never rejects. */
  flush(): Promise<void>;
  /** Flushes and closes. Never rejects; look at `failure` afterwards. */
  close(): Promise<void>;
  /** Resolves when the file fails (no space, folder gone, file exists already); stays pending as long as it does not. */
  readonly failed: Promise<LineFileFailure>;
  /** The same as a value: undefined as long as all is well. */
  readonly failure: LineFileFailure | undefined;
  /** Bytes that are in the file. */
  readonly bytes: number;
}

/** Creates the file; one that exists is a failure and stays as it is, because a record of a run is never overwritten. */
export function openLineFile(path: string): LineFile {
  // Lines are encoded as they come, into one buffer while the other is being written: to join and encode a whole window at
  // once would hold up the event loop, and with it the time stamps of the run, twenty times a second.
  let filling = Buffer.allocUnsafeSlow(ROOM);
  let spare = Buffer.allocUnsafeSlow(ROOM);
  let used = 0;
  let timer: NodeJS.Timeout | undefined;
  let handle: FileHandle | undefined;
  let bytes = 0;
  let failure: LineFileFailure | undefined;
  let tell: (failure: LineFileFailure) => void;
  const failed = new Promise<LineFileFailure>((resolve) => {
    tell = resolve;
  });
  // Everything that touches the file hangs on this chain, one step after the other.
  let chain = step(async () => {
    handle = await open(path, 'ax');
  });

  async function step(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (failure) return;
      failure = { message: `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}` };
      tell(failure);
    }
  }

  async function writeWaiting(): Promise<void> {
    if (failure || !handle) return;
    const full = filling;
    const data = full.subarray(0, used);
    filling = spare;
    used = 0;
    for (let done = 0; done < data.length; ) {
      const { bytesWritten } = await handle.write(data, done);
      done += bytesWritten;
      bytes += bytesWritten;
    }
    spare = full;
  }

  function makeRoom(needed: number): void {
    if (used + needed <= filling.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * filling.length, used + needed));
    filling.copy(larger, 0, 0, used);
    filling = larger;
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    chain = chain.then(() => step(writeWaiting));
    return chain;
  }

  return {
    append(line) {
      if (failure) return;
      makeRoom(3 * line.length + 1); // a UTF-16 unit takes at most three bytes as UTF-8
      used += filling.write(line, used);
      filling[used++] = NEWLINE;
      timer ??= setTimeout(() => void flush(), FLUSH_MS);
    },
    flush,
    async close() {
      await flush();
      await step(async () => handle?.close());
      handle = undefined;
    },
    failed,
    get failure() {
      return failure;
    },
    get bytes() {
      return bytes;
    },
  };
}

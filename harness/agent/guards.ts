/**
 * The dead-man's switch: commands that undo what a fault did to this node, kept until the controller takes them back and run
 * when it is gone. Knows nothing of what they do.
 */
import type { Execs } from './execs.js';

/** A command that hangs may not keep the next ones from healing. */
const LIMIT_MS = 3000;

export interface Guards {
  /** The same name replaces; undefined takes it back. */
  set(name: string, command: readonly string[] | undefined): void;
  /** One after the other, in the order in which they were first set. What fails is passed over: nobody is left to be told. */
  runAll(run: Execs['run']): Promise<void>;
}

export function createGuards(limitMs: number = LIMIT_MS): Guards {
  const commands = new Map<string, readonly string[]>();
  return {
    set(name, command) {
      if (command === undefined) commands.delete(name);
      else commands.set(name, command);
    },
    async runAll(run) {
      for (const command of commands.values()) await run(command, { limitMs }).catch(() => undefined);
    },
  };
}

/** The agent of a node as faults see it. */
import type { NodeAgent } from '../nemesis/fault.js';
import type { AgentLink } from './agent-link.js';

export function nodeAgent(link: AgentLink): NodeAgent {
  /** What `spawn` started and still runs; resolves with its exit. */
  const running = new Map<string, Promise<void>>();
  return {
    exec: link.exec,
    guard: link.guard,
    probe: link.probe,
    signalProgram: link.signalProgram,
    programTasks: () => link.tasks('program'),
    clock: link.clock,
    async spawn(name, command, onLine) {
      let onExit: () => void = () => undefined;
      const exit = new Promise<void>((resolve) => (onExit = resolve)).then(() => void running.delete(name));
      const started = await link.spawn(name, command, { onLine, onStderr: onLine, onExit });
      running.set(name, exit);
      return started;
    },
    async end(name) {
      // SIGTERM first: strace then lets go of what it traces, a proxy closes its connections.
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        const exit = running.get(name);
        if (exit === undefined) return;
        // What ends by itself at this moment is no longer there to be signalled; its exit is all that counts.
        await Promise.race([exit, link.signal(name, signal)]);
      }
    },
  };
}

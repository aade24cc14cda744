/**
 * What the controller and an agent say to each other: one JSON object a line, over the stdio of a `docker exec`.
 * A `send` has no answer, so that feeding a client costs no round trip; everything with an `id` is answered once.
 * Commands are carried out in the order in which they arrive: a line sent before SIGCONT is in the client's pipe first.
 */

export const AGENT_PROTOCOL = 1;

export type AgentCommand =
  | { id: number; do: 'spawn'; name: string; command: string[]; env?: Record<string, string> }
  | { do: 'send'; name: string; line: string }
  | { id: number; do: 'signal'; name: string; signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL' }
  | { id: number; do: 'tasks'; name: string }
  | { id: number; do: 'ping' };

/** State of every thread of one process, from /proc/PID/task/TID/stat (proc(5)): `T` is stopped by a signal. */
export interface TaskStates {
  pid: number;
  states: { tid: number; state: string }[];
}

/** Answer to `signal`: the states read back once they are as the signal wants them, or at the end of patience (5 s). */
export interface SignalResult extends TaskStates {
  /** All threads as wanted: `T` after SIGSTOP, none `T` after SIGCONT, none left after SIGKILL. */
  reached: boolean;
  /** From the signal to the reading that showed it, in ms. */
  tookMs: number;
}

export interface PingResult {
  /** The agent's monotonic clock in ns, a decimal string, and its wall clock in ms since 1970. */
  monotonicNs: string;
  wallMs: number;
}

export type AgentEvent =
  | { event: 'ready'; protocol: number; pid: number }
  | { event: 'line'; name: string; line: string }
  | { event: 'stderr'; name: string; line: string }
  | { event: 'exit'; name: string; code: number | null; signal: string | null };

export type AgentReply =
  | { re: number; ok: true; value: { pid: number } | SignalResult | TaskStates | PingResult }
  | { re: number; ok: false; error: string };

export type AgentMessage = AgentEvent | AgentReply;

/**
 * What the controller and an agent say to each other: one JSON object a line, over the stdio of a `docker exec`.
 * A `send` has no answer, so that feeding a client costs no round trip; everything with an `id` is answered once.
 * Commands are carried out in the order in which they arrive: a line sent before SIGCONT is in the client's pipe first.
 */

export const AGENT_PROTOCOL = 2;

/**
 * Whose processes a command is about: a child by its name (a signal reaches all that descend from it, too), or `program`: everything in the agent's pid namespace that
 * runs in another container, which for a sidecar is the program beside it (an etcd member, the storage).
 */
export type Whose = { child: string } | 'program';

export type SendAs = 'line' | 'part' | 'end';

export type AgentCommand =
  | { id: number; do: 'spawn'; name: string; command: string[]; env?: Record<string, string> }
  /** `as`: a whole `line` (where it is missing), a `part` of one, to which no newline is added, or the `end`: a part after which stdin ends. */
  | { do: 'send'; name: string; line: string; as?: SendAs }
  | { id: number; do: 'signal'; of: Whose; signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL' }
  | { id: number; do: 'tasks'; of: Whose }
  /** Runs a command to its end; killed with SIGKILL after `limitMs` (10 s by default). */
  | { id: number; do: 'exec'; command: string[]; stdin?: string; limitMs?: number }
  /** From now on `command` is run when the agent's stdin ends; the same name replaces, without a command it is taken back. */
  | { id: number; do: 'guard'; name: string; command?: string[] }
  /** Tries to open a TCP connection, once; with `send` says that, and listens until the other end is done. */
  | { id: number; do: 'probe'; host: string; port: number; limitMs: number; send?: string }
  | { id: number; do: 'clock'; of: Whose; change: ClockChange }
  | { id: number; do: 'ping' };

/**
 * What becomes of a process's clocks. `shift`: every field is optional and taken together; continuous but for the steps.
 * Nanoseconds are decimal strings. `heal`: rate 1, the monotonic offset stays (it never steps back). `read`: nothing.
 */
export type ClockChange =
  | { do: 'shift'; rate?: number; stepWallNs?: string; jumpNs?: string; impossible?: boolean }
  | { do: 'heal' }
  | { do: 'read' };

/** One process's clocks as its patched vDSO has them; read back from its memory. */
export interface ClockState {
  pid: number;
  installed: boolean;
  rate: number;
  /** How far the process's clocks are ahead of the machine's, in ns, decimal strings. */
  wallAheadNs: string;
  monotonicAheadNs: string;
}

export type ClockResult =
  | { kind: 'shifted'; before: ClockState[]; after: ClockState[]; tookMs: number }
  | { kind: 'unavailable'; reason: string };

export interface ExecResult {
  /** Null: killed by a signal, or by its limit. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Set when more was printed than is kept (768 KiB of stdout, 128 KiB of stderr). */
  cut?: true;
  tookMs: number;
}

export interface ProbeResult {
  connected: boolean;
  tookMs: number;
  /** Node's code, such as `ECONNREFUSED` or `ECONNRESET`; `timeout` after `limitMs`. */
  error?: string;
  /** With `send`: what came back until then, 4 KiB of it at most. */
  received?: string;
}

/** State of every thread of the processes, from /proc/PID/task/TID/stat (proc(5)): `T` is stopped by a signal. */
export interface TaskStates {
  /** The first process's; 0 when there is none. */
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

/** Answers by command: `guard` answers `{}`. */
export type AgentValue =
  | { pid: number }
  | SignalResult
  | TaskStates
  | PingResult
  | ExecResult
  | ProbeResult
  | ClockResult
  | Record<string, never>;

export type AgentReply = { re: number; ok: true; value: AgentValue } | { re: number; ok: false; error: string };

export type AgentMessage = AgentEvent | AgentReply;

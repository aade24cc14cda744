/**
 * A member in miniature for property tests: what the faults on programs and containers change, behind the same controls, any
 * call of which can be made to fail. Real ones are hit in test/.
 */
import type { ExecResult, SignalResult } from '../../agent/protocol.js';
import type { FaultNode, StopSignal } from '../fault.js';

export class Pod {
  running = true;
  paused = false;
  stopped = false;
  quota = -1;
  pid = 100;
  /** Ends that are expected just now. */
  expected = 0;
  private throttled = 0;
  private calls = 0;
  private broken = false;

  constructor(readonly name: string) {}

  /** The call with this number from now on rejects; so does every one after it, until `mend`. */
  breakAt(call: number): void {
    this.calls = -call;
    this.broken = true;
  }

  mend(): void {
    this.broken = false;
  }

  /** What a heal has to bring back. */
  get state(): object {
    const { running, paused, stopped, quota, expected } = this;
    return { running, paused, stopped, quota, expected };
  }

  get node(): FaultNode {
    const step = async <T>(work: () => T): Promise<T> => {
      if (this.broken && this.calls++ >= 0) throw new Error('broken');
      return work();
    };
    return {
      name: this.name,
      role: 'etcd',
      addresses: [],
      agent: {
        exec: () => step(() => this.exec()),
        guard: () => step(() => undefined),
        probe: (_host, _port, _limitMs, send) =>
          step(() => {
            const answers = this.running && !this.paused && !this.stopped;
            const received = answers ? 'HTTP/1.1 200 OK' : '';
            return { connected: this.running, tookMs: 0, ...(send === undefined ? {} : { received }) };
          }),
        signalProgram: (signal) => step(() => this.signal(signal)),
        programTasks: () => step(() => this.tasks()),
        clock: () => Promise.reject(new Error('not here')),
        spawn: () => Promise.reject(new Error('not here')),
        end: () => Promise.resolve(),
      },
      container: {
        pause: () => step(() => void (this.paused = true)),
        unpause: () => step(() => void (this.paused = false)),
        start: () =>
          step(() => {
            this.running = true;
            this.stopped = false;
            this.pid++;
          }),
        state: () =>
          step(() => {
            const { running, paused, pid } = this;
            return { running, paused, pid, exitCode: running ? 0 : 137, startedAt: String(pid) };
          }),
        limitCpu: (percent) => step(() => void (this.quota = percent === undefined ? -1 : percent * 1000)),
        throttled: () =>
          step(() => ({ periods: 0, throttledPeriods: (this.throttled += this.quota > 0 ? 1 : 0), throttledNs: 0 })),
        expectExit: () => {
          this.expected++;
          return () => this.expected--;
        },
      },
    };
  }

  private tasks() {
    return {
      pid: this.running ? 8 : 0,
      states: this.running ? [{ tid: 8, state: this.stopped ? 'T' : 'S' }] : [],
    };
  }

  private signal(signal: StopSignal): SignalResult {
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') this.stopped = signal === 'SIGSTOP';
    else this.running = false;
    return { ...this.tasks(), reached: true, tookMs: 0 };
  }

  /** The quota's reading, and a load that does nothing. */
  private exec(): ExecResult {
    return { code: 0, stdout: String(this.quota), stderr: '', tookMs: 0 };
  }
}

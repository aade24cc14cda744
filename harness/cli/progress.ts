/** Live progress: one status line on a terminal, a plain line every 5 s elsewhere. NO_COLOR and CI are respected. */
import { monotonicMs } from '../history/clock.js';
import type { RunStatus } from '../run/status.js';

export interface Screen {
  say(line: string): void;
  status(status: RunStatus): void;
  /** Text that the next one takes the place of; elsewhere than on a terminal a line of its own, and not all of them. */
  show(text: string, isRed: boolean): void;
  /** How far reading and judging are, on a terminal; what takes seconds needs no line elsewhere. */
  progress(text: string): void;
  /** Takes the status line away. */
  clear(): void;
}

const PLAIN_EVERY_MS = 5000;

/** What a status says, without colour: pure. */
export function statusText(status: RunStatus): string {
  const left = status.phase === 'traffic' ? `${Math.ceil(status.leftMs / 1000)} s left` : status.phase;
  return [
    left,
    `${Math.round(status.operationsPerSecond)} op/s`,
    `${status.handOvers} hand-overs`,
    `${status.holders} holders`,
    `${status.faultsInForce} faults in force`,
    `${status.staleWrites} stale writes`,
    `${status.refusedWrites} refused`,
  ].join(' | ');
}

/** Colour is for terminals whose owner has not asked for none (no-color.org). */
export function useColor(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return out.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

export function createScreen(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  const live = out.isTTY && env['CI'] === undefined && env['TERM'] !== 'dumb';
  const colour = useColor(out, env);
  let lastMs = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const clear = (): void => {
    if (drawn) out.write('\r\u001b[K');
    drawn = false;
  };
  const draw = (text: string, isRed: boolean): void => {
    const cut = text.slice(0, Math.max(20, out.columns - 1));
    out.write(`\r\u001b[K${colour && isRed ? `\u001b[31m${cut}\u001b[0m` : cut}`);
    drawn = true;
  };
  const show = (text: string, isRed: boolean): void => {
    if (live) {
      draw(text, isRed);
    } else if (monotonicMs() - lastMs >= PLAIN_EVERY_MS) {
      lastMs = monotonicMs();
      out.write(`${text}\n`);
    }
  };
  return {
    say(line) {
      clear();
      out.write(`${line}\n`);
    },
    progress(text) {
      if (live) draw(text, false);
    },
    status: (status) => show(statusText(status), status.staleWrites > 0),
    show,
    clear,
  };
}

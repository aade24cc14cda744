/** One interrupt heals, stops, checks what there is and reports; a second one cleans up by force. */
import { monotonicMs } from '../history/clock.js';

export interface Interrupts {
  signal: AbortSignal;
  /** Takes the handlers off again. */
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C can arrive twice: from the terminal, and again from npm. What follows this soon is the same one, in ms. */
const SAME_MS = 1000;

/** `force` runs on the second interrupt, and is expected to end the process. */
export function onInterrupt(say: (line: string) => void, force: () => Promise<void>): Interrupts {
  const controller = new AbortController();
  let forcing = false;
  let firstMs = 0;
  const handle = (): void => {
    if (!controller.signal.aborted) {
      firstMs = monotonicMs();
      say('interrupted: healing, stopping, checking what there is (once more: clean up by force)');
      controller.abort();
    } else if (!forcing && monotonicMs() - firstMs > SAME_MS) {
      forcing = true;
      say('interrupted again: removing everything by force');
      void force();
    }
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return {
    signal: controller.signal,
    dispose() {
      for (const signal of SIGNALS) process.off(signal, handle);
    },
  };
}

/** One interrupt heals, stops, checks what there is and reports; a second one cleans up by force. */

export interface Interrupts {
  signal: AbortSignal;
  /** Takes the handlers off again. */
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `force` runs on the second interrupt, and is expected to end the process. */
export function onInterrupt(say: (line: string) => void, force: () => Promise<void>): Interrupts {
  const controller = new AbortController();
  let forcing = false;
  const handle = (): void => {
    if (!controller.signal.aborted) {
      say('interrupted: healing, stopping, checking what there is (once more: clean up by force)');
      controller.abort();
    } else if (!forcing) {
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

/** The deadline of one request, which leaves what came while this program was stopped a chance to be read first. */

/** `passed` is called `ms` from now, unless cancelled: one turn later than due, so that an answer that is there already counts. */
export function createDeadline(ms: number, passed: () => void): { cancel(): void } {
  let soon: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => (soon = setImmediate(passed)), ms);
  return {
    cancel() {
      clearTimeout(timer);
      if (soon !== undefined) clearImmediate(soon);
    },
  };
}

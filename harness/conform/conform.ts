/** Puts a client through every check, some side by side, and says what came of each. */
import { monotonicMs } from '../history/clock.js';
import type { Check } from './check.js';
import { LINE_CHECKS } from './line-checks.js';
import { LOCK_CHECKS } from './lock-checks.js';
import { LOSS_CHECKS } from './loss-checks.js';
import { createStage } from './stage.js';
import { STORAGE_CHECKS } from './storage-checks.js';
import { Mismatch, Skipped } from './subject.js';
import type { World } from './world.js';

export const CHECKS: readonly Check[] = [...LINE_CHECKS, ...LOCK_CHECKS, ...STORAGE_CHECKS, ...LOSS_CHECKS];

interface Told {
  name: string;
  /** Heading in docs/client-protocol.md. */
  section: string;
  says: string;
  tookMs: number;
}

export type CheckResult = Told &
  (
    | { outcome: 'passed' }
    | { outcome: 'skipped'; why: string }
    /** `transcript`: the last lines to (`>`) and from (`<`) the clients, and what was done to them (`!`); `stderr`: what they last said. */
    | { outcome: 'failed'; expected: string; came: string; transcript: string[]; stderr: string[] }
  );

/** Of a transcript, what is told; the end is what matters. */
const TOLD_LINES = 30;

/** `prefix` makes lock names that nobody else uses. Defects of the surroundings are thrown; what the client does is not. */
export async function tryOut(world: World, check: Check, prefix: string): Promise<CheckResult> {
  const begun = monotonicMs();
  const stage = createStage(world, prefix);
  const { name, section, says } = check;
  let ended:
    | { outcome: 'passed' }
    | { outcome: 'skipped'; why: string }
    | { outcome: 'failed'; expected: string; came: string };
  try {
    await check.drive(stage);
    ended = { outcome: 'passed' };
  } catch (error) {
    if (error instanceof Skipped) ended = { outcome: 'skipped', why: error.message };
    else if (error instanceof Mismatch) ended = { outcome: 'failed', expected: error.expected, came: error.came };
    else throw error;
  } finally {
    await Promise.all(stage.subjects.map((subject) => subject.end()));
  }
  const [offence] = stage.subjects.flatMap(({ offences }) => offences);
  if (offence !== undefined && ended.outcome !== 'failed')
    ended = { outcome: 'failed', expected: 'messages of the protocol, one answer to each request', came: offence };
  const result = { name, section, says, tookMs: Math.round(monotonicMs() - begun) };
  if (ended.outcome !== 'failed') return { ...result, ...ended };
  const transcript = stage.subjects.flatMap((subject) => subject.transcript.slice(-TOLD_LINES));
  return { ...result, ...ended, transcript, stderr: stage.subjects.flatMap(({ stderr }) => stderr.slice(-5)) };
}

/** In the order of {@link CHECKS}; `onResult` hears of each as it comes. */
export async function conform(
  world: World,
  { sideBySide, stop, onResult }: { sideBySide: number; stop: AbortSignal; onResult: (result: CheckResult) => void },
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < CHECKS.length && !stop.aborted; index = next++) {
      const check = CHECKS[index] as Check;
      const result = await tryOut(world, check, `conform/${index}/`);
      results[index] = result;
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return results.filter((result) => (result as CheckResult | undefined) !== undefined);
}

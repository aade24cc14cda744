/** Any fault that a user can write, drawn by fast-check from the table of kinds itself; not every one can work. */
import fc from 'fast-check';
import { type Duration, DURATION_UNITS } from '../duration.js';
import { FAULT_INFO, FAULT_KINDS, type FaultKind } from '../fault-kinds.js';
import { EVENTS, type FaultSpec, readFault } from '../fault-spec.js';
import { optionsOf, readOption } from '../option-info.js';

const duration: fc.Arbitrary<Duration> = fc.record({
  amount: fc.integer({ min: 1, max: 99_999 }).map((hundredths) => hundredths / 100),
  unit: fc.constantFrom(...DURATION_UNITS),
});

const NUMBERS = [0.25, 1, 5, 50, 100, 2500, -300];

function optionsFor(kind: FaultKind): fc.Arbitrary<FaultSpec['options']> {
  const values = optionsOf(kind).map(({ name, choices }) => {
    const candidates = (choices ?? ['etcd1', ...NUMBERS]).filter((each) => readOption(kind, name, each) !== undefined);
    return [name, fc.option(fc.constantFrom(...candidates), { nil: undefined })] as const;
  });
  return fc.record(Object.fromEntries(values)).map((drawn) => withoutGaps(drawn) as FaultSpec['options']);
}

/** What is not there is left out, as reading leaves it out. */
function withoutGaps(drawn: object): object {
  return Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

export const anyFault: fc.Arbitrary<FaultSpec> = fc.constantFrom(...FAULT_KINDS).chain((kind) =>
  fc
    .record({
      kind: fc.constant(kind),
      target: maybe(fc.constantFrom(...FAULT_INFO[kind].targets)),
      options: optionsFor(kind),
      for: maybe(duration),
      every: maybe(duration),
      jitter: maybe(duration),
      at: maybe(duration),
      on: maybe(fc.constantFrom(...EVENTS)),
      after: maybe(fc.constantFrom(...FAULT_KINDS)),
      wait: maybe(duration),
      weight: maybe(fc.integer({ min: 1, max: 10 })),
      lane: maybe(fc.integer({ min: 0, max: 63 })),
      pick: maybe(fc.integer({ min: 0, max: 2 ** 16 })),
    })
    .map((drawn) => withoutGaps(drawn) as FaultSpec),
);

/** Kinds by themselves, as most are asked for. */
export const someKinds: fc.Arbitrary<FaultSpec[]> = fc
  .subarray([...FAULT_KINDS], { minLength: 1 })
  .map((kinds) => kinds.map((kind) => ({ kind, options: {} })));

/** A fault as the command line's own reader makes it of a kind and a target that are known to be right. */
export function fault(kind: FaultKind, target?: string, fields: Record<string, string | number> = {}): FaultSpec {
  const read = readFault(
    kind,
    target,
    Object.entries(fields).map(([name, value]) => ({ name, value })),
  );
  if (read.kind === 'invalid') throw new Error(read.message);
  return read.fault;
}

/** Pairs a history of entries, as pairing.ts pairs one of columns. */
import {
  type FaultEntry,
  type HistoryEntry,
  OPERATIONS,
  type Operation,
  type OperationEntry,
  type RecoveryEntry,
} from './operation.js';
import type { Fault } from './pairing.js';

interface PairedEntries {
  /** In the order of their invocations. */
  operations: Operation[];
  /** Entries that are not half of an operation: `lost` and `harness-error`. */
  events: OperationEntry[];
  /** In the order of their injections. */
  faults: Fault[];
  /** What became of the system after the final heal; missing when the run ended before anybody looked. */
  recovery?: RecoveryEntry;
  /** What is wrong, a sentence fragment each with the indexes in it; empty for a sound history. */
  problems: string[];
}

const OPERATION_NAMES: ReadonlySet<string> = new Set(OPERATIONS);

/**
 * Pairs by process: a process has one operation open at a time, so its next completion belongs to its last invocation.
 * After an `info` a process is retired, because its operation may still take effect at any later time; one that goes
 * on would break what "one at a time" is used for (the rule is Jepsen's).
 */
export function pairEntries(history: readonly HistoryEntry[]): PairedEntries {
  const operations: Operation[] = [];
  const events: OperationEntry[] = [];
  const faults: Fault[] = [];
  const problems: string[] = [];
  const open = new Map<number, Operation>();
  const retired = new Map<number, number>();
  const faultById = new Map<string, Fault>();
  let recovery: RecoveryEntry | undefined;

  function invoke(invocation: Operation['invocation']): void {
    const { process, index } = invocation;
    const under = open.get(process);
    if (under) problems.push(`process ${process} invokes at ${index} while ${under.invocation.index} is open`);
    const since = retired.get(process);
    if (since !== undefined) problems.push(`process ${process} invokes at ${index} after its info at ${since}`);
    const operation: Operation = { invocation, completion: undefined };
    open.set(process, operation);
    operations.push(operation);
  }

  function complete(completion: OperationEntry): void {
    const { process, index, type, f } = completion;
    const operation = open.get(process);
    open.delete(process);
    if (type === 'info') retired.set(process, index);
    if (!operation) {
      problems.push(`process ${process} completes ${f} at ${index} without an invocation`);
    } else if (operation.invocation.f !== f) {
      // The operation stays without a completion: nobody knows what became of it.
      problems.push(
        `process ${process} completes ${f} at ${index}, but ${operation.invocation.f} is open since ${operation.invocation.index}`,
      );
    } else {
      operation.completion = completion;
    }
  }

  function fault(entry: FaultEntry): void {
    const { id } = entry.value;
    const known = faultById.get(id);
    if (entry.f === 'heal') {
      if (!known) problems.push(`fault ${id} is healed at ${entry.index} without having been injected`);
      else if (known.heal) problems.push(`fault ${id} is healed at ${entry.index} and was at ${known.heal.index}`);
      else known.heal = entry;
      return;
    }
    if (known) problems.push(`fault ${id} is injected at ${entry.index} and was at ${known.inject.index}`);
    const injected: Fault = { inject: entry };
    faultById.set(id, injected);
    faults.push(injected);
  }

  let time = 0;
  for (const entry of history) {
    if (entry.time < time) problems.push(`entry ${entry.index} has time ${entry.time} after ${time}`);
    time = Math.max(time, entry.time);
    if (entry.process === 'nemesis') {
      if (entry.f !== 'recovery') fault(entry);
      else if (recovery) problems.push(`recovery is recorded at ${entry.index} and was at ${recovery.index}`);
      else recovery = entry;
    } else if (!isHalf(entry)) events.push(entry);
    else if (entry.type === 'invoke') invoke(entry);
    else complete(entry);
  }
  return { operations, events, faults, ...(recovery === undefined ? {} : { recovery }), problems };
}

function isHalf(entry: OperationEntry): entry is Operation['invocation'] {
  return OPERATION_NAMES.has(entry.f);
}

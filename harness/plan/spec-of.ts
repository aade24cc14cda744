/**
 * From a planned fault back to words: what a user would have to ask for to have exactly this one planned, with nothing left to a
 * draw that matters. Pure. What words cannot say is lost: a fault `after` another then strikes after each of that one's kind, and
 * one that was drawn to be alone no longer waits for others on nodes.
 */
import { CLIENT_ROLES, MEMBER_ROLES } from './fault-kinds.js';
import { fillOptions, knowsLanes } from './draw-fault.js';
import type { Duration } from './duration.js';
import type { FaultSpec } from './fault-spec.js';
import { optionsOf } from './option-info.js';
import { CLIENT_TRIGGERS, type PlannedFault } from './plan.js';

/** `all`: every fault of its plan, among them the one that it stands behind. */
export function specOf(fault: PlannedFault, all: readonly PlannedFault[]): FaultSpec {
  const leader = fault.trigger === 'after' ? all.find(({ id }) => id === fault.after) : undefined;
  const spec: FaultSpec = {
    kind: fault.kind,
    options: unusualOptions(fault),
    target: fault.target,
    for: duration(fault.durationMs),
    ...(leader === undefined ? { at: duration(fault.atMs) } : { after: leader.kind }),
    ...(leader === undefined && fault.trigger !== 'after' ? { on: fault.trigger } : {}),
    ...(fault.delayMs === 0 ? {} : { wait: duration(fault.delayMs) }),
    ...(leavesChoice(fault) ? { pick: fault.pick } : {}),
  };
  return fault.lane !== undefined && knowsLanes(spec) ? { ...spec, lane: fault.lane } : spec;
}

/** Those that it would not have unless they were given. */
function unusualOptions({ kind, target, options }: PlannedFault): FaultSpec['options'] {
  const usual = fillOptions({ kind, options: {} }, target, { impossibleClocks: false });
  const written = optionsOf(kind).flatMap(({ name }) => {
    const value = options[name];
    return value === undefined || value === '' || value === usual[name] ? [] : [[name, value] as const];
  });
  return Object.fromEntries(written);
}

function leavesChoice({ target, trigger, kind }: PlannedFault): boolean {
  // Where a network is cut, who is on which side is a choice, too.
  if (kind === 'partition') return true;
  if (target === 'holder') return !(CLIENT_TRIGGERS as readonly string[]).includes(trigger);
  const role = [...CLIENT_ROLES, ...MEMBER_ROLES].find((each) => each === target);
  return role !== undefined && role !== 'next-in-queue' && role !== 'leader' && role !== 'all';
}

function duration(ms: number): Duration {
  return ms % 100 === 0 ? { amount: ms / 1000, unit: 's' } : { amount: ms, unit: 'ms' };
}

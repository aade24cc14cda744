/** What shrinking did, and what is left of the plan, in words. Pure text. */
import type { Plan, PlannedFault } from '../plan/plan.js';
import type { Phase, Step } from './shrink.js';

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(2))} s`;

function plural(n: number, noun: string): string {
  return `${n} ${n === 1 ? noun : `${noun}s`}`;
}

export const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  witness: 'The suspects',
  faults: 'Fewer faults',
  waiting: 'No waiting',
  durations: 'Shorter faults',
  targets: 'Smaller targets',
  lanes: 'Fewer locks',
  clients: 'Fewer clients',
  time: 'Less time',
  rate: 'A lower rate',
  file: 'A plan file',
};

/** One or two sentences about a phase. */
export function stepText({ phase, from, to, tries, isCutShort }: Step): string {
  if (isCutShort) return from === to ? 'Broken off.' : `${WORDS[phase](from, to)} Then it was broken off.`;
  return tries === 0 && from === to ? 'There was nothing to try.' : WORDS[phase](from, to);
}

const STAYS = 'With less of it the finding was gone.';

const WORDS: Readonly<Record<Phase, (from: Plan, to: Plan) => string>> = {
  witness: (from, to) =>
    from === to
      ? `The whole plan was tried, with ${plural(from.faults.length, 'fault')} in ${seconds(from.settings.timeMs)}.`
      : `${fewer(from, to)} This was a guess from the proofs of the run that found it: the faults that they name, or all that had begun by then.`,
  faults: (from, to) =>
    from === to
      ? from.faults.length === 1
        ? 'The one fault is needed: without it the finding was gone.'
        : `None of the ${plural(from.faults.length, 'fault')} can be left out: without any one of them the finding was gone.`
      : `${fewer(from, to)} ${to.faults.length === 0 ? 'It shows without any fault.' : 'None of what is left can be left out.'}`,
  waiting: (from, to) =>
    from === to
      ? 'The times at which the faults come matter: moved forward they did not show it.'
      : `Time in which nothing happened was taken out: ${seconds(from.settings.timeMs)} became ${seconds(to.settings.timeMs)}.`,
  durations: (from, to) => {
    const changed = from.faults.flatMap((fault) => {
      const now = to.faults.find(({ id }) => id === fault.id);
      return now === undefined || now.durationMs === fault.durationMs
        ? []
        : [`${fault.kind} from ${seconds(fault.durationMs)} to ${seconds(now.durationMs)}`];
    });
    return changed.length === 0
      ? 'Shorter faults did not show it every time.'
      : `Shorter, and it still showed in two tries of two: ${changed.join(', ')}. Shorter than that it did not.`;
  },
  targets: (from, to) => {
    const changed = from.faults.flatMap((fault) => {
      const now = to.faults.find(({ id }) => id === fault.id);
      return now === undefined || now.target === fault.target
        ? []
        : [`${fault.kind} of ${now.target} instead of ${fault.target}`];
    });
    return changed.length === 0 ? STAYS : `It is enough to strike less: ${changed.join(', ')}.`;
  },
  lanes: (from, to) =>
    from === to ? STAYS : `${plural(to.settings.lanes, 'lock')} instead of ${from.settings.lanes} will do.`,
  clients: (from, to) =>
    from === to
      ? STAYS
      : `${plural(to.settings.clients, 'client')} a lock instead of ${from.settings.clients} will do.`,
  time: (from, to) =>
    from === to
      ? 'With less time it did not show every time.'
      : `${seconds(to.settings.timeMs)} of traffic instead of ${seconds(from.settings.timeMs)} will do.`,
  rate: (from, to) =>
    from === to
      ? 'At a lower rate it did not show every time.'
      : `${plural(to.rate, 'operation')} a second ${from.rate === 0 ? 'instead of as many as the clients could' : `instead of ${from.rate}`} will do.`,
  file: (from, to) =>
    from === to
      ? 'What a plan file can say of it did not show the finding, or was not tried: use the stored plan.'
      : 'A plan file of a few lines makes a plan that shows it too.',
};

function fewer(from: Plan, to: Plan): string {
  const gone = from.faults.length - to.faults.length;
  return `${gone} of ${plural(from.faults.length, 'fault')} went, ${to.faults.length} stayed, in ${seconds(to.settings.timeMs)} of traffic instead of ${seconds(from.settings.timeMs)}.`;
}

/** What is left of the plan: one line for the clients, one for each fault. */
export function planLines(plan: Plan): string[] {
  const { settings, rate } = plan;
  const locks = settings.lanes === 1 ? 'one lock' : `${settings.lanes} locks, so many each`;
  const paced = rate === 0 ? '' : `, ${rate} operations a second at most`;
  return [
    `${plural(settings.clients, 'client')} want ${locks} (${settings.recipe}, TTL ${seconds(settings.ttlMs)}, fencing ${settings.fencing}) for ${seconds(settings.timeMs)}${paced}.`,
    ...(plan.faults.length === 0 ? ['No fault is needed.'] : plan.faults.map((fault) => faultLine(fault, plan))),
  ];
}

const WHEN: Readonly<Record<PlannedFault['trigger'], string>> = {
  time: '',
  acquired: ' when a client has been told that it has the lock',
  'before-write': ' when a client has read and is about to write',
  waiting: ' when a client queues',
  released: ' when a client has released the lock',
  'lease-granted': ' when a client has its lease',
  'leader-changed': ' when etcd has another leader',
  after: '',
};

function faultLine(fault: PlannedFault, { faults }: Plan): string {
  const { kind, target, trigger, atMs, delayMs, durationMs, options } = fault;
  const leader = faults.find(({ id }) => id === fault.after);
  const when = leader === undefined ? `from ${seconds(atMs)} on,${WHEN[trigger]}` : `behind the fault ${leader.kind}`;
  const how = Object.values(options).filter((value) => typeof value === 'string' && value !== '');
  const what = how.length === 0 ? kind : `${kind} (${how.join(', ')})`;
  const wait = delayMs === 0 ? '' : ` and ${seconds(delayMs)} have passed`;
  return `${what} of ${target === 'holder' ? 'the holder' : target} for ${seconds(durationMs)}, ${when.replace(/,$/, '')}${wait}.`;
}

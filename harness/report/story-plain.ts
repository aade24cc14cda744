/** The story of what cannot be drawn as sections: one numbered sentence for everything that the proof rests on, in the order of time. */
import type { RecordIndex } from './record-index.js';
import { decisionText, eventText, operationText } from './operation-text.js';
import { plural } from './format.js';
import type { StorySubject } from './scene.js';
import type { Step } from './story.js';

export interface PlainStory {
  steps: Step[];
  remarks: string[];
}

/** More than anybody reads; verdict.json has the rest. */
const MAX_STEPS = 30;

interface Told {
  time: number;
  text: string;
}

/** A decision has no time of its own: it is told where its operation was asked for, behind it. */
export function plainStory(subject: StorySubject, index: RecordIndex): PlainStory {
  const { first, second, operations = [], decisions, events = [] } = subject;
  const sections = [first, second].flatMap((section) => (section ? [section.acquire, ...section.operations] : []));
  const named = [...new Set([...sections, ...operations])].sort((a, b) => a - b);
  const all: Told[] = [
    ...named.flatMap((op): Told[] => {
      const operation = index.operation(op);
      return operation === undefined ? [] : [{ time: operation.invocation.time, text: operationText(operation) }];
    }),
    ...decisions.flatMap((seq): Told[] => {
      const decision = index.decision(seq);
      if (decision === undefined) return [];
      const time = index.operation(decision.op)?.invocation.time ?? subject.from;
      return [{ time, text: decisionText(decision) }];
    }),
    ...events.flatMap((place): Told[] => {
      const event = index.event(place);
      return event === undefined ? [] : [{ time: event.time, text: eventText(event) }];
    }),
  ];
  all.sort((a, b) => a.time - b.time);
  const told = all.slice(0, MAX_STEPS);
  const zero = told[0]?.time ?? 0;
  return {
    steps: told.map(({ time, text }, n) => ({ number: n + 1, offset: time - zero, text, tone: 'plain' })),
    remarks:
      all.length > told.length
        ? [`${plural(all.length - told.length, 'further step')} of the proof: see verdict.json.`]
        : [],
  };
}

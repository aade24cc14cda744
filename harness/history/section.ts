/** What a workload does inside a lock: a generator of steps, so that it decides and the interpreter acts. */

export type Step =
  | { do: 'read'; key: string }
  | { do: 'write'; key: string; value: unknown }
  | { do: 'think'; ms: number };

/** What became of the step; `value` is what a read returned. A step that did not answer `ok` ends the section. */
export type StepOutcome = { type: 'ok'; value?: unknown } | { type: 'fail' | 'info'; error: string };

export interface SectionInput {
  lane: number;
  /** The resource that this lane's lock guards. */
  key: string;
  /** Time that the section takes to think, in ms, drawn in the plan. */
  thinkMs: number;
  /** A number that no other call in the run answers. */
  unique: () => number;
}

export type Section = (input: SectionInput) => Generator<Step, void, StepOutcome>;

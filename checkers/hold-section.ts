/** How a witness names a hold whose operations on the storage have no part in the proof. */
import { type Evidence, tokenOfHold } from './evidence.js';
import type { WitnessSection } from './verdict.js';

export function holdSection(evidence: Evidence, hold: number): WitnessSection {
  const { holds } = evidence;
  const process = holds.process[hold] as number;
  return { process, token: tokenOfHold(evidence, hold) ?? '', acquire: holds.askedRow(hold), operations: [] };
}

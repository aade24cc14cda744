/**
 * The colours of a run and of a cell of a campaign. Only `red` and `yellow` say something of the lock: what the harness or the
 * machine did wrong has colours of its own, so that a red night is always one to look into.
 */
export const COLOURS = ['red', 'blind', 'harness', 'environment', 'yellow', 'green'] as const;

export type Colour = (typeof COLOURS)[number];

/** One sentence fragment each. */
export const COLOUR_MEANINGS: Record<Colour, string> = {
  green: 'came out as expected',
  red: 'a violation that was not expected',
  yellow: 'not enough evidence',
  blind: 'violations must be found here, and none was although there was evidence: the harness has lost its sight',
  environment: 'the machine could not carry it out',
  harness: 'a defect of leasebreaker itself',
};

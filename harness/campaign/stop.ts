/** What ends a campaign before its last run. Pure. */
import type { CampaignDefinition } from './definition.js';
import type { RunLine } from './journal.js';

export function isReasonToStop(stop: CampaignDefinition['stop'], line: RunLine): boolean {
  if (stop === 'never') return false;
  if (line.colour === 'red') return true;
  return stop === 'first-violation' && line.kind === 'judged' && line.figures.verdict === 'violated';
}

/** What every command that touches Docker for a while shares: a screen, and interrupts that clean up. */
import { findEngine } from '../cluster/engine.js';
import { removeLeftovers } from '../cluster/leftovers.js';
import { exit } from './exit.js';
import { EXIT } from './exit-codes.js';
import { onInterrupt, type Interrupts } from './interrupts.js';
import { createScreen, type Screen } from './progress.js';

export interface Session {
  screen: Screen;
  interrupts: Interrupts;
}

export function startSession(): Session {
  const screen = createScreen(process.stderr, process.env);
  const interrupts = onInterrupt(screen.say, async () => {
    await removeOwn(screen.say);
    exit(EXIT.interrupted);
  });
  return { screen, interrupts };
}

/** Everything that this very process made; agents die with their containers. */
async function removeOwn(say: (line: string) => void): Promise<void> {
  const found = await findEngine();
  if (found.kind === 'none') return say('no Docker engine answers: run `npx leasebreaker clean` when it is back');
  try {
    const swept = await removeLeftovers(found.engine.docker, { own: true });
    say(`removed ${swept.containers} containers, ${swept.networks} networks, ${swept.volumes} volumes`);
  } catch (error) {
    say(`could not remove everything (${(error as Error).message}): run \`npx leasebreaker clean\``);
  }
}

/** `leasebreaker clean`: removes what dead runs left behind, and with --all everything of leasebreaker's. */
import type { Command } from 'commander';
import { findEngine } from '../cluster/engine.js';
import { removeImages } from '../cluster/images.js';
import { removeLeftovers, stuckMessage } from '../cluster/leftovers.js';
import { EXIT, type Ended } from './exit-codes.js';

interface Flags {
  all?: boolean;
  images?: boolean;
}

export function addCleanCommand(program: Command, ended: Ended): void {
  program
    .command('clean')
    .description('remove containers, networks and volumes that dead runs left behind')
    .option(
      '--all',
      'also those of living runs, of runs started on other machines, and of clusters started by hand (default: off)',
    )
    .option('--images', 'also the images that leasebreaker built (default: off)')
    .action(async (flags: Flags) => {
      const found = await findEngine();
      if (found.kind === 'none') {
        const tried = found.attempts.map(({ endpoint, error }) => `  ${endpoint.url}: ${error}`).join('\n');
        process.stderr.write(
          `leasebreaker: no Docker engine answers, so there is nothing to clean:\n${tried}\n  -> npx leasebreaker doctor\n`,
        );
        return ended(EXIT.environment);
      }
      const { docker } = found.engine;
      const swept = await removeLeftovers(docker, flags.all === true ? { all: true } : {});
      process.stdout.write(
        `removed ${swept.containers} containers, ${swept.networks} networks, ${swept.volumes} volumes of ${swept.runs.length} runs\n`,
      );
      if (swept.stuck.length > 0) {
        process.stderr.write(`leasebreaker: ${stuckMessage(swept.stuck)}\n`);
        ended(EXIT.environment);
      }
      if (flags.images === true) process.stdout.write(`removed ${(await removeImages(docker)).length} images\n`);
    });
}

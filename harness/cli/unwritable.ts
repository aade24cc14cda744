/** What a command answers whose results cannot be written: that is the environment's failure, and no defect. */
import { cannotWrite, ROOM } from '../run/surroundings.js';
import { withMending } from './execute.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** Any other error is passed on. */
export async function orUnwritable(work: Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work;
  } catch (error) {
    if (!cannotWrite(error)) throw error;
    const message = `the results could not be written: ${(error as Error).message}`;
    process.stderr.write(`leasebreaker: ${withMending(message, ROOM)}\n`);
    return EXIT.environment;
  }
}

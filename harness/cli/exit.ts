/** The only place that ends the process: what lingers (an idle connection to the engine, say) must not keep it alive. */
import type { ExitCode } from './exit-codes.js';

export function exit(code: ExitCode): never {
  process.exit(code);
}

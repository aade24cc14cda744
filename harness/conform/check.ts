/** One check of a client: what the protocol says, and how it is tried. */
import type { Stage } from './stage.js';

export interface Check {
  name: string;
  /** Heading in docs/client-protocol.md under which it says so. */
  section: 'Requests' | 'Answers' | 'Order' | '`lost`' | 'Broken lines';
  says: string;
  /** Resolves if the client does it; throws a Mismatch (does not) or Skipped (cannot be told). */
  drive(stage: Stage): Promise<void>;
}

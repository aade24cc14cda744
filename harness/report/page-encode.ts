/** PageData as the text that stands in the page. `decode` of page-codec.ts is the way back. */
import { deflateRawSync } from 'node:zlib';
import { pack } from './page-codec.js';
import type { PageData } from './page-data.js';

/** Base64: whatever the strings of the run are, there is no markup in it. */
export function encode(data: PageData): string {
  return deflateRawSync(pack(data)).toString('base64');
}

// Before end-to-end tests: compiles, because they start the real command and what is in the images comes from dist/.
import { build } from './build.mjs';

export async function setup() {
  await build();
}

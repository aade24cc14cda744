// `npm run bench -- NAME`: compiles and runs bench/NAME.bench.ts, which prints its figures. Without a name: lists them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

const BAD_ARGUMENTS = 64;

const names = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
  .sort();
const name = process.argv[2];
if (name === undefined) {
  console.log(['Benchmarks (npm run bench -- NAME):', ...names.map((one) => `  ${one}`)].join('\n'));
} else if (!names.includes(name)) {
  console.error(`bench: there is no benchmark ${JSON.stringify(name)}; there are: ${names.join(', ')}`);
  process.exitCode = BAD_ARGUMENTS;
} else {
  const file = await bootstrap(`bench/${name}.bench.js`);
  process.argv.splice(1, 2, file.pathname);
  await import(file.href);
}

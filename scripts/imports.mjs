// Checks who imports whom (.dependency-cruiser.cjs). Having looked at nothing is a failure: a compiler that the cruiser
// does not know would make it see no module at all and say that all is well.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['harness', 'workloads', 'checkers', 'bench', 'test'];

const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...FOLDERS];
const run = spawnSync(process.execPath, [cruiser, ...args], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 256 * 1024 * 1024,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let result;
try {
  result = JSON.parse(run.stdout);
} catch {
  console.error(`the import check gave no result:\n${run.stdout.slice(0, 2000)}`);
  process.exit(1);
}
const { violations, totalCruised } = result.summary;
const comments = new Map(result.summary.ruleSetUsed.forbidden.map(({ name, comment }) => [name, comment]));
for (const { rule, from, to, cycle } of violations) {
  const path = cycle ? [from, ...cycle.map(({ name }) => name)].join(' -> ') : `${from} -> ${to}`;
  console.error(`${rule.name}: ${path}${comments.get(rule.name) ? `   (${comments.get(rule.name)})` : ''}`);
}
const seen = result.modules.filter(({ source }) => /^(harness|workloads|checkers)\//.test(source)).length;
console.log(`${violations.length} violations, ${seen} modules looked at (${totalCruised} with what they import)`);
process.exitCode = violations.length > 0 || seen === 0 ? 1 : 0;

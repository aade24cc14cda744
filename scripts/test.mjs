// `npm test`: everything that is checked, from a bare checkout, with one count at the end. A step that fails does not
// keep the others from running. `npm test -- unit e2e` runs the steps of these names only.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

const BAD_ARGUMENTS = 64;

/** Each step says how many of its checks passed and failed. */
const STEPS = {
  types: () => command('npm', ['run', '--silent', 'typecheck']),
  lint: () => command('npm', ['run', '--silent', 'lint']),
  format: () => command('npm', ['run', '--silent', 'format:check']),
  imports: () => command('npm', ['run', '--silent', 'imports']),
  exports: () => command('npm', ['run', '--silent', 'dead-exports']),
  unit: () => vitest('unit'),
  provision: () => command(process.execPath, ['bin/leasebreaker.mjs', 'doctor', '--provision']),
  e2e: () => vitest('e2e'),
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`test: there is no step ${unknown.join(', ')}; there are: ${Object.keys(STEPS).join(', ')}`);
  process.exit(BAD_ARGUMENTS);
}

await bootstrap('');
const total = { passed: 0, failed: 0 };
const table = [];
/** A line for each test that failed: what a reader of a long log looks for. */
const failures = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(STEPS)) {
  console.log(`\n== ${name}`);
  const began = performance.now();
  const { passed, failed } = STEPS[name]();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  table.push(
    `  ${name.padEnd(10)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.padStart(7)} s`,
  );
  total.passed += passed;
  total.failed += failed;
}
console.log(['', ...failures, '', ...table, '', `${total.passed} passed, ${total.failed} failed`].join('\n'));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function run(file, args) {
  const { status, signal, error } = spawnSync(file, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) console.log(`-- ${file} ${args.join(' ')}: ${error?.message ?? `ended with ${status ?? signal}`}`);
  return status === 0;
}

function command(file, args) {
  return run(file, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs one vitest project. A skipped test counts as failed: nothing may be left out without anybody noticing. */
function vitest(project) {
  const folder = join(root, '.build', 'test');
  const file = join(folder, `${project}.json`);
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const ok = run(process.execPath, [program, 'run', '--project', project, ...reporters]);
  let passed = 0;
  let failed = 0;
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    passed = result.numPassedTests;
    failures.push(...result.testResults.flatMap(failuresOf));
    failed = result.numTotalTests - passed;
    // A file that cannot even be loaded has no tests that could fail.
    failed += result.testResults.filter(
      ({ status, assertionResults }) => status !== 'passed' && assertionResults.length === 0,
    ).length;
  } catch (error) {
    console.log(`-- vitest left no numbers: ${error.message}`);
  }
  // What ends badly without a failed test (an unhandled rejection, a crash, no tests at all) is a failure of its own.
  return { passed, failed: ok ? failed : Math.max(failed, 1) };
}

function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const failed = assertionResults.filter((one) => one.status !== 'passed');
  const lines = failed.map(
    ({ fullName, failureMessages }) => `  ${file}: ${fullName}: ${firstLine(failureMessages[0])}`,
  );
  // Set-up and clean-up around the tests can fail although each of them passed.
  return lines.length === 0 && status !== 'passed' ? [`  ${file}: ${firstLine(message)}`] : lines;
}

function firstLine(text = 'not run') {
  return text.split('\n', 1)[0].slice(0, 200);
}

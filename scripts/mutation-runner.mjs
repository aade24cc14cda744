// The test runner of `npm run mutation`: a Stryker plugin that runs the checkers' own tests inside Stryker's worker. Vitest would
// start a thread and load every file anew for each of thousands of mutants, which takes a hundred times as long as the tests do.
// Each test file is bundled once and evaluated anew for each mutant, so nothing that one mutant left behind in a module reaches
// the next. The tests go from the fastest to the slowest, up to the first that fails. Only what the checkers' tests need of
// Vitest is here: describe, it, it.each, and Vitest's own expect; all tests are synchronous.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import vm from 'node:vm';
import { build } from 'esbuild';
import * as fastCheck from 'fast-check';

const FOLDER = 'checkers';
/** What a test may take beyond ten times what it took without a mutant: machines stall. */
const PATIENCE_MS = 3000;

/** Histories for each property, instead of thousands. The seed is fixed and a counterexample is not made small: the score can be repeated. */
process.env['LEASEBREAKER_PROPERTY_RUNS'] ??= '30';
fastCheck.default.configureGlobal({ seed: 1, endOnFailure: true });

class InProcessRunner {
  /** @type {Map<string, vm.Script>} By test file, relative to the project. */
  #files = new Map();
  /** @type {Map<string, Set<string>>} The files that a test file loads, itself among them, by test file. */
  #sources = new Map();
  /** @type {Map<string, number>} What each test took without a mutant, in ms, by id. */
  #times = new Map();
  #expect;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    ({ expect: this.#expect } = await import('vitest'));
    const entryPoints = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(FOLDER, name));
    const { outputFiles, metafile } = await build({
      absWorkingDir: process.cwd(),
      entryPoints,
      bundle: true,
      write: false,
      metafile: true,
      outdir: '.',
      outbase: '.',
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      external: ['vitest', 'fast-check'],
      logLevel: 'warning',
    });
    for (const { path, text } of outputFiles) {
      const name = relative(process.cwd(), path).replace(/\.js$/, '.ts');
      this.#sources.set(name, new Set(Object.keys(metafile.outputs[relative(process.cwd(), path)].inputs)));
      this.#files.set(name, new vm.Script(`(function (require, module, exports) {${text}\n})`, { filename: path }));
    }
  }

  /** Runs the tests that load a file with mutants. */
  dryRun({ files }) {
    const mutated = files?.map((file) => relative(process.cwd(), file));
    const state = stryker();
    Object.assign(state, { activeMutant: undefined, mutantCoverage: undefined, hitCount: undefined });
    const tests = [];
    for (const file of this.#files.keys()) {
      if (mutated && !mutated.some((name) => this.#sources.get(file).has(name))) continue;
      for (const test of this.#load(file)) {
        state.currentTestId = test.id;
        const started = performance.now();
        const failure = failureOf(test);
        const timeSpentMs = performance.now() - started;
        state.currentTestId = undefined;
        this.#times.set(test.id, timeSpentMs);
        const about = { id: test.id, name: test.name, fileName: file, timeSpentMs };
        tests.push(
          failure === undefined ? { ...about, status: 0 } : { ...about, status: 1, failureMessage: failure.message },
        );
      }
    }
    return { status: 'complete', tests, mutantCoverage: state.mutantCoverage };
  }

  /** Without a filter, a mutant of what runs while the files load: then all tests run. */
  mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    const state = stryker();
    Object.assign(state, { activeMutant: undefined, hitCount: 0, hitLimit });
    const ids = [...(testFilter ?? this.#times.keys())];
    ids.sort((a, b) => (this.#times.get(a) ?? 0) - (this.#times.get(b) ?? 0));
    const loaded = new Map();
    let nrOfTests = 0;
    for (const id of ids) {
      const file = id.slice(0, id.indexOf('#'));
      let failure;
      try {
        if (mutantActivation === 'static') state.activeMutant = activeMutant.id;
        if (!loaded.has(file)) loaded.set(file, new Map(this.#load(file).map((test) => [test.id, test])));
        state.activeMutant = activeMutant.id;
        failure = failureOf(loaded.get(file).get(id), PATIENCE_MS + 10 * (this.#times.get(id) ?? 0));
      } catch (error) {
        failure = error;
      }
      state.activeMutant = undefined;
      nrOfTests++;
      if (state.hitCount > hitLimit) return { status: 'timeout', reason: `Hit limit reached (${state.hitCount})` };
      if (failure?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
        return { status: 'timeout', reason: `${id}: ${failure.message}` };
      if (failure) return { status: 'killed', killedBy: [id], failureMessage: `${failure.message}`, nrOfTests };
    }
    return { status: 'survived', nrOfTests };
  }

  /** Evaluates a test file and says which tests it has. */
  #load(file) {
    const tests = [];
    const path = [];
    const add = (name, ...rest) => {
      const full = [...path, name].join(' ');
      const double = tests.filter((test) => test.name === full).length;
      const id = `${file}#${full}${double > 0 ? ` (${double + 1})` : ''}`;
      tests.push({ id, name: full, run: rest.find((argument) => typeof argument === 'function') });
    };
    const describe = (name, body) => {
      path.push(name);
      body();
      path.pop();
    };
    add.each =
      (rows) =>
      (name, ...rest) => {
        const run = rest.find((argument) => typeof argument === 'function');
        rows.forEach((row, n) => {
          const values = Array.isArray(row) ? row : [row];
          const said = typeof values[0] === 'string' || typeof values[0] === 'number' ? values[0] : n;
          add(
            name.replace(/%[sjod]|\$\w+/, () => String(said)),
            () => run(...values),
          );
        });
      };
    const modules = {
      vitest: { describe, it: add, expect: this.#expect, vi: { setConfig: () => undefined } },
      'fast-check': { ...fastCheck },
    };
    const module = { exports: {} };
    this.#files.get(file).runInThisContext()((name) => modules[name], module, module.exports);
    return tests;
  }
}

/** What the code that Stryker has instrumented keeps; Stryker gives it this name. */
function stryker() {
  return (globalThis.__stryker__ ??= {});
}

/** Runs the test; its error, if it fails. A loop without end is ended by the virtual machine's watchdog. */
function failureOf({ run }, timeout) {
  const print = console.log;
  console.log = () => undefined;
  globalThis.__test__ = run;
  try {
    vm.runInThisContext('__test__()', timeout === undefined ? {} : { timeout: Math.ceil(timeout) });
    return undefined;
  } catch (error) {
    return error instanceof Error || error?.code !== undefined ? error : new Error(String(error));
  } finally {
    console.log = print;
  }
}

function createRunner() {
  return new InProcessRunner();
}
createRunner.inject = [];

export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', factory: createRunner }];

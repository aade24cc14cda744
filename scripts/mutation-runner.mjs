// The test runner of `npm run mutation`: a Stryker plugin that runs the checkers' own tests inside Stryker's worker. Vitest would
// start a thread and load every file anew for each of thousands of mutants, which takes a hundred times as long as the tests do.
// Here all of them are one bundle that stays loaded and compiled; the checkers keep nothing from one record to the next. The tests
// go from the fastest to the slowest, up to the first that fails. Only what the checkers' tests need of Vitest is here: describe,
// it, it.each, and Vitest's own expect. Asynchronous tests are left out: those are the ones that take minutes.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import vm from 'node:vm';
import { build } from 'esbuild';
import * as fastCheck from 'fast-check';

const FOLDER = 'checkers';
/** What a test may take of the processor beyond ten times what it took without a mutant. */
const PATIENCE_MS = 3000;
/** What each test took without a mutant, in the sandbox that all workers share: one of them alone makes the first run. */
const TIMES = 'test-times.json';

/** Histories for each property, instead of thousands. The seed is fixed and a counterexample is not made small: the score can be repeated. */
process.env['LEASEBREAKER_PROPERTY_RUNS'] ??= '30';
fastCheck.default.configureGlobal({ seed: 1, endOnFailure: true });

class InProcessRunner {
  #expect;
  /** The text of the bundle, whose value says how to load each test file; it counts which test reaches which mutant. */
  #text;
  /** @type {vm.Script} The same without counting, which takes half the time. */
  #bundle;
  /** @type {Map<string, Set<string>>} The files that a test file loads, itself among them, by test file. */
  #sources = new Map();
  /** @type {Map<string, () => void>} What loads each test file, of the bundle in use; undefined if that has to be evaluated anew. */
  #files;
  /** @type {Map<string, {id: string, name: string, run: () => void}>} The tests of the files loaded so far, by id. */
  #tests = new Map();
  /** @type {Map<string, number>} What each test took without a mutant, in ms, by id. */
  #times = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    ({ expect: this.#expect } = await import('vitest'));
    const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(FOLDER, name));
    const loaders = names.map((name) => `[${JSON.stringify(name)}, () => require(${JSON.stringify(`./${name}`)})]`);
    const { outputFiles, metafile } = await build({
      absWorkingDir: process.cwd(),
      stdin: { contents: `module.exports = new Map([${loaders.join()}]);`, resolveDir: process.cwd() },
      bundle: true,
      write: false,
      metafile: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      external: ['vitest', 'fast-check'],
      logLevel: 'warning',
    });
    for (const name of names) this.#sources.set(name, reachable(metafile.inputs, name));
    this.#text = outputFiles[0].text;
    this.#bundle = scriptOf(this.#text.replaceAll(/stryCov_9fa48\d*\("\d+"(?:, "\d+")*\)(?:, |(;))/g, '$1'));
  }

  /** Runs the tests that load a file with mutants. */
  dryRun({ files }) {
    const mutated = files?.map((file) => relative(process.cwd(), file));
    const state = stryker();
    Object.assign(state, { activeMutant: undefined, mutantCoverage: undefined, hitCount: undefined });
    this.#evaluate(scriptOf(this.#text));
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
        const outcome = failure === undefined ? { status: 0 } : { status: 1, failureMessage: failure.message };
        tests.push({ ...about, ...outcome });
      }
    }
    this.#files = undefined;
    writeFileSync(TIMES, JSON.stringify([...this.#times]));
    return { status: 'complete', tests, mutantCoverage: state.mutantCoverage };
  }

  /** Without a filter, a mutant of what runs while the files load: then all tests run. */
  mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    const isStatic = mutantActivation === 'static';
    if (this.#times.size === 0) this.#times = new Map(JSON.parse(readFileSync(TIMES, 'utf8')));
    const state = stryker();
    Object.assign(state, { activeMutant: isStatic ? activeMutant.id : undefined, hitCount: 0, hitLimit });
    if (isStatic) this.#files = undefined;
    const ids = [...(testFilter ?? this.#times.keys())];
    ids.sort((a, b) => (this.#times.get(a) ?? 0) - (this.#times.get(b) ?? 0));
    let result;
    let nrOfTests = 0;
    for (const id of ids) {
      let failure;
      try {
        if (this.#files === undefined) this.#evaluate(this.#bundle);
        if (!this.#tests.has(id)) this.#load(id.slice(0, id.indexOf('#')));
        state.activeMutant = activeMutant.id;
        failure = failureWithin(PATIENCE_MS + 10 * (this.#times.get(id) ?? 0), this.#tests.get(id));
      } catch (error) {
        failure = error;
      }
      if (!isStatic) state.activeMutant = undefined;
      nrOfTests++;
      if (failure !== undefined) {
        result = { status: 'killed', killedBy: [id], failureMessage: String(failure.message), nrOfTests };
        if (failure.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') result = { status: 'timeout', reason: id };
      }
      if (state.hitCount > hitLimit) result = { status: 'timeout', reason: `reached ${state.hitCount} times` };
      if (result !== undefined) break;
    }
    if (isStatic) this.#files = undefined;
    state.activeMutant = undefined;
    return result ?? { status: 'survived', nrOfTests };
  }

  #evaluate(script) {
    this.#tests.clear();
    const module = {};
    const vitest = {
      describe: (name, body) => this.#describe(name, body),
      it: this.#it,
      expect: this.#expect,
      vi: { setConfig: () => undefined },
    };
    script.runInThisContext()((name) => (name === 'vitest' ? vitest : { ...fastCheck }), module);
    this.#files = module.exports;
  }

  /** Where the test being defined is: file, then the names of what is around it. */
  #path = [];

  #describe(name, body) {
    this.#path.push(name);
    body();
    this.#path.pop();
  }

  #it = Object.assign(
    (title, ...rest) => {
      if (isAsynchronous(bodyOf(rest))) return;
      const [file, ...around] = this.#path;
      const name = [...around, title].join(' ');
      const id = `${file}#${name}`;
      if (this.#tests.has(id)) throw new Error(`two tests are named ${id}`);
      this.#tests.set(id, { id, name, run: bodyOf(rest) });
    },
    {
      each:
        (rows) =>
        (title, ...rest) => {
          const run = bodyOf(rest);
          if (isAsynchronous(run)) return;
          rows.forEach((row, n) => {
            const values = Array.isArray(row) ? row : [row];
            this.#it(`${title.replaceAll(/%[sj]/g, String(values[0]))} (${n})`, () => run(...values));
          });
        },
    },
  );

  /** Loads a test file and says which tests it has. */
  #load(file) {
    this.#path = [file];
    this.#files.get(file)();
    return [...this.#tests.values()].filter(({ id }) => id.startsWith(`${file}#`));
  }
}

const scriptOf = (text) => new vm.Script(`(function (require, module) {${text}\n})`, { filename: 'checkers.js' });
/** Of a test's arguments behind its name. */
const bodyOf = (rest) => rest.find((argument) => typeof argument === 'function');
const isAsynchronous = (run) => run.constructor.name === 'AsyncFunction';

/** The files that the file imports, directly or not, and itself. */
function reachable(inputs, file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path } of inputs[file]?.imports ?? []) reachable(inputs, path, found);
  return found;
}

/** What the code that Stryker has instrumented keeps; Stryker gives it this name. */
function stryker() {
  return (globalThis.__stryker__ ??= {});
}

/** Runs the test; its error, if it fails or takes more of the processor than that. On a busy machine the clock alone says little. */
function failureWithin(limitMs, test) {
  for (let patience = limitMs; ; patience *= 2) {
    stryker().hitCount = 0;
    const before = process.cpuUsage();
    const failure = failureOf(test, patience);
    const { user, system } = process.cpuUsage(before);
    if (failure?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT' || (user + system) / 1000 >= limitMs) return failure;
  }
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

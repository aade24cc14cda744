/**
 * How long a report of a run takes to make, how large it is, and how a browser bears it: `npm run bench -- report [operations ...]`,
 * for 10^4, 10^5 and 10^6 operations unless told otherwise. The runs are generated (runs/generate-run.ts).
 *
 * `render` is all that `leasebreaker report` does when reading and judging are done. `open` is from the navigation to the file until the
 * page's program says that everything is drawn. Memory is that of the process in the browser that has the page: its largest
 * resident size by then, and the heap of its scripts, in which typed arrays are not counted. On a machine that has other things to do, the
 * processor time (`cpu`) says more than the time that passed.
 */
import { readFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { monotonicMs } from '../harness/history/clock.js';
import { readTables } from '../harness/history/read-tables.js';
import type { RunTables } from '../harness/history/run-record.js';
import { judgeInPool } from '../harness/judging/judge-in-pool.js';
import { DEFAULTS, makePlan } from '../harness/plan/make-plan.js';
import { reportHtml } from '../harness/report/html.js';
import { pageModel } from '../harness/report/model.js';
import { pageData } from '../harness/report/page-build/page-build.js';
import { encode } from '../harness/report/page-encode.js';
import { pageProgram } from '../harness/report/page-program.js';
import { indexRecord } from '../harness/report/record-index.js';
import { FILES } from '../harness/run/results.js';
import { launchChromium } from './browser.js';
import { generateRun } from './runs/generate-run.js';

const SIZES = [10_000, 100_000, 1_000_000];
const [LANES, CLIENTS] = [32, 4];
const GOAL = 'goal for 1,000,000 operations: render < 15 s, file < 40 MB, open < 3 s, memory < 1000 MB';

/** Makes the run's record and its report, and tells the seconds that the latter took. */
async function render(
  dir: string,
  report: string,
  operations: number,
): Promise<{ operations: number; seconds: number; cpu: number }> {
  const run = await generateRun({
    dir,
    seed: 7,
    operations,
    lanes: LANES,
    clients: CLIENTS,
    pauseEvery: 2000,
    timeoutEvery: 2000,
  });
  const paths = [FILES.history, FILES.storage, FILES.ownership].map((file) => join(dir, file));
  const [history = '', decisions = '', ownership = ''] = paths;
  const read = await readTables({ history, decisions, ownership });
  const made = makePlan({
    ...DEFAULTS,
    seed: 7,
    lanes: LANES,
    clients: CLIENTS,
    storage: 'http',
    faults: [],
    expect: {},
  });
  if (!read.ok || made.kind === 'invalid') throw new Error('the generated run cannot be read');
  const record: RunTables = { ...read.tables, settings: made.plan.settings, end: { kind: 'completed' } };
  const judgement = await judgeInPool(record);
  const [begun, used] = [monotonicMs(), process.cpuUsage()];
  const meta = {
    name: 'generated',
    date: '2026-01-01T00:00:00.000Z',
    seed: 7,
    command: 'generated',
    versions: {},
    environment: {},
    expectation: { met: true, unmet: [] },
    exitCode: 0,
  };
  const index = indexRecord(record);
  const told = { record, judgement, meta };
  const model = pageModel(told, index);
  const live = { program: pageProgram(), data: encode(pageData(told, index, model)) };
  await writeFile(report, reportHtml(model, live));
  const { user, system } = process.cpuUsage(used);
  return { operations: run.operations, seconds: (monotonicMs() - begun) / 1000, cpu: (user + system) / 1e6 };
}

/** Opens it in a browser of its own. */
async function open(report: string): Promise<{ seconds: number; cpu: number; heapMb: number; residentMb: number }> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const begun = monotonicMs();
    await page.goto(pathToFileURL(report).href);
    await page.waitForSelector('html.ready', { state: 'attached', timeout: 120_000 });
    const seconds = (monotonicMs() - begun) / 1000;
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const { metrics } = await session.send('Performance.getMetrics');
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
    const { processInfo } = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    const residents = await Promise.all(renderers.map(({ id }) => largestResidentMb(id)));
    const cpu = renderers.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    return { seconds, cpu, heapMb: heap / 1e6, residentMb: Math.max(...residents) };
  } finally {
    await browser.close();
  }
}

/** Linux alone tells (proc(5), VmHWM). */
async function largestResidentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return (Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6;
}

const asked = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-bench-'));
try {
  console.log('operations   render       cpu      file      open       cpu      heap    memory');
  for (const size of asked.length > 0 ? asked : SIZES) {
    const [dir, report] = [join(folder, 'run'), join(folder, 'report.html')];
    const { operations, seconds, cpu } = await render(dir, report, size);
    const fileMb = (await stat(report)).size / 1e6;
    const opened = await open(report);
    console.log(
      [
        String(operations).padStart(10),
        `${seconds.toFixed(2)} s`.padStart(8),
        `${cpu.toFixed(2)} s`.padStart(9),
        `${fileMb.toFixed(1)} MB`.padStart(9),
        `${opened.seconds.toFixed(2)} s`.padStart(9),
        `${opened.cpu.toFixed(2)} s`.padStart(9),
        `${opened.heapMb.toFixed(0)} MB`.padStart(9),
        `${opened.residentMb.toFixed(0)} MB`.padStart(9),
      ].join(' '),
    );
  }
  console.log(GOAL);
} finally {
  await rm(folder, { recursive: true, force: true });
}

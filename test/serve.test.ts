/** What is written for machines, several runs in one report, and the list of all runs: with real files, processes and requests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateRun } from '../bench/runs/generate-run.js';
import { launchChromium } from './support/chromium.js';
import { BIN, type Ended, leasebreaker, resultsFolder, ROOT } from './support/command.js';

const EVIL = `evil"><img src=x onerror=alert(1)>'&#?%2e`;

let parent: string;
let results: string;
let reported: Ended;

function run(name: string, seed: number): Promise<unknown> {
  const size = { operations: 1500, lanes: 2, clients: 3, pauseEvery: 20, timeoutEvery: 50 };
  return generateRun({ dir: join(results, name), seed, ...size });
}

beforeAll(async () => {
  parent = await resultsFolder();
  results = join(parent, 'results');
  for (const [nth, name] of ['20260101T000000Z-first', '20260102T000000Z-second', EVIL].entries())
    await run(name, nth + 1);
  await symlink('20260102T000000Z-second', join(results, 'latest'));
  await cp(join(results, EVIL), join(results, 'torn'), { recursive: true });
  await writeFile(join(results, 'torn/plan.json'), '{"version": 2, "se');
  reported = await leasebreaker([
    'report',
    ...['20260101T000000Z-first', 'latest', '20260102T000000Z-second', EVIL, 'torn', 'none'].map((name) =>
      join(results, name),
    ),
    '--edn',
  ]);
  await writeFile(join(parent, 'secret.txt'), 'secret');
  await symlink('../../secret.txt', join(results, 'latest/out.txt'));
  await mkdir(join(results, 'empty'));
});

/** As far as the tests look into it. */
interface Written {
  [name: string]: unknown;
  runs: { path: string }[];
}

async function json(...path: string[]): Promise<Written> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as Written;
}

const campaignFolder = (): string =>
  /report: (.*)[/]report\.html\n$/.exec(reported.stdout)?.[1] ?? expect.fail(reported.stdout);

describe('report of several runs', () => {
  it('writes each again, leaves out what cannot be read, says which and why, and ends with 64', () => {
    expect(reported.code).toBe(64);
    expect(reported.stderr).toMatch(/torn\/plan\.json: .*JSON/);
    expect(reported.stderr).toMatch(/no run there: .*none/);
    // `latest` is the second by another name.
    const written = reported.stdout.split('\n').filter((line) => line.endsWith('report.html'));
    expect(written.filter((line) => !line.includes('campaign'))).toHaveLength(3);
  });

  it('puts them into one report, with their rates and links to each', async () => {
    const campaign = await json(campaignFolder(), 'campaign.json');
    expect(campaign.runs.map(({ path }) => path)).toEqual(['../20260101T000000Z-first', '../latest', `../${EVIL}`]);
    expect(campaign.pairs).toMatchObject([{ recipe: 'mutex', runs: 3, harmed: { hits: 3, of: 3, high: 1 } }]);
    const page = await readFile(join(campaignFolder(), 'report.html'), 'utf8');
    expect(page).toContain('3 of 3 (44–100 %)');
    expect(page).toContain(`href="./../${encodeURIComponent(EVIL).replaceAll("'", '&#39;')}/report.html"`);
  });

  it('writes JSON that keeps to the published schemas', async () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });
    for (const [kind, dir] of [
      ['verdict', join(results, 'latest')],
      ['verdict', join(results, EVIL)],
      ['campaign', campaignFolder()],
    ] as const) {
      const validate = ajv.compile(await json(ROOT, `docs/${kind}.schema.json`));
      expect(validate(await json(dir, `${kind}.json`)) || validate.errors).toBe(true);
    }
  });

  it('writes JUnit files that an XML parser takes, in which runs that cannot be read are errors', async () => {
    const count = async (dir: string): Promise<Record<string, number>> => {
      const found: Record<string, number> = {};
      const parser = new SaxesParser();
      parser.on('error', (error) => {
        throw error;
      });
      parser.on('opentag', ({ name }) => void (found[name] = (found[name] ?? 0) + 1));
      parser.write(await readFile(join(dir, 'junit.xml'), 'utf8')).close();
      return found;
    };
    const one = await count(join(results, EVIL));
    const all = await count(campaignFolder());
    expect(one).toMatchObject({ testsuites: 1, testsuite: 1 });
    expect(all['testsuite']).toBe(4);
    expect(all['testcase']).toBe(3 * (one['testcase'] ?? 0) + 1);
  });

  it('writes history.edn on request, the same as export does', async () => {
    const edn = await readFile(join(results, 'latest/history.edn'), 'utf8');
    const exported = await leasebreaker(['export', join(results, 'latest'), '--format', 'edn']);
    expect(edn.length).toBeGreaterThan(10_000);
    expect(exported.stdout).toBe(edn);
  });

  it('takes a folder of results for the runs in it, and one run alone for itself', async () => {
    const before = reported.stdout;
    const alone = await leasebreaker(['report', join(results, 'latest')]);
    expect([alone.code, alone.stdout]).toEqual([0, `${join(results, 'latest/report.html')}\n`]);
    const copy = join(parent, 'copy');
    await cp(join(results, 'latest'), join(copy, 'a'), { recursive: true, dereference: true });
    await cp(join(results, 'latest'), join(copy, 'b'), { recursive: true, dereference: true });
    const both = await leasebreaker(['report', copy]);
    expect(both.code).toBe(0);
    expect(both.stdout).toMatch(/copy\/\w+-campaign\/report\.html\n$/);
    expect(before).not.toBe(both.stdout);
    const none = await leasebreaker(['report', join(results, 'empty')]);
    expect([none.code, none.stderr]).toEqual([64, expect.stringContaining('no run there')]);
  });
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

describe('serve', () => {
  let server: ChildProcess;
  let port: number;
  beforeAll(async () => {
    server = spawn(process.execPath, [BIN, 'serve', '--results', results, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    port = await new Promise((resolve, reject) => {
      server.on('exit', (code) => reject(new Error(`ended with ${code}`)));
      server.stdout?.setEncoding('utf8').on('data', (text: string) => {
        const found = /^http:\/\/127\.0\.0\.1:(\d+)\/ lists the runs/.exec(text);
        if (found) resolve(Number(found[1]));
      });
    });
    server.removeAllListeners('exit');
  });
  afterAll(() => void server.kill('SIGKILL'));

  /** `path` as it is: nothing is normalised on the way. */
  function get(path: string, { method = 'GET', host = `localhost:${port}` } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, headers: { host } }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      });
      sent.on('error', reject).end();
    });
  }

  it('lists runs and what is damaged, filtered by what is asked for', async () => {
    const { status, headers, body } = await get('/');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    for (const part of [
      '20260101T000000Z-first',
      'plan.json: not JSON, perhaps half-written',
      'no plan.json',
      'a campaign',
      'evil&quot;&gt;&lt;img src=x onerror=alert(1)&gt;',
    ])
      expect(body).toContain(part);
    expect(body).not.toContain('<img');
    expect((await get('/?verdict=violated&fault=pause&recipe=mutex')).body.match(/name="run"/g)).toHaveLength(3);
    expect((await get('/?verdict=clean')).body).not.toContain('name="run"');
    expect((await get('/?text=first')).body.match(/name="run"/g)).toHaveLength(1);
  });

  it('opens reports and files as they are', async () => {
    const { body, headers } = await get('/runs/latest/history.jsonl');
    expect(body).toBe(await readFile(join(results, 'latest/history.jsonl'), 'utf8'));
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    const report = await get(`/runs/${encodeURIComponent(EVIL)}/report.html`);
    expect([report.status, report.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(report.headers['content-security-policy']).toMatch(/^sandbox allow-scripts/);
    expect(await get('/runs/latest/plan.json', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect((await get('/runs/latest/')).body).toContain('href="/runs/latest/verdict.json"');
    expect((await get('/runs/latest')).headers['location']).toBe('/runs/latest/');
  });

  it('compares two runs, and wants two', async () => {
    const { status, body } = await get(`/compare?run=20260101T000000Z-first&run=${encodeURIComponent(EVIL)}`);
    expect(status).toBe(200);
    expect(body).toMatch(/seed<\/th><td>1<\/td><td>3<\/td>/);
    expect(body).not.toContain('<img');
    for (const query of [
      '',
      '?run=latest',
      '?run=..&run=latest',
      '?run=../results/latest&run=latest',
      '?run=a&run=b&run=c',
    ])
      expect((await get(`/compare${query}`)).status).toBe(400);
  });

  it('reads nothing outside of the folder, and changes nothing', async () => {
    // That it is there to be found through the link, and by the path.
    expect(await readFile(join(results, 'latest/out.txt'), 'utf8')).toBe('secret');
    const ways = [
      '/../secret.txt',
      '/runs/../secret.txt',
      '/runs/../../secret.txt',
      '/runs/%2e%2e/secret.txt',
      '/runs/..%2fsecret.txt',
    ];
    const more = [
      '/runs/latest/out.txt',
      '/runs/latest/..%5c..%5csecret.txt',
      `/runs/${encodeURIComponent(join(parent, 'secret.txt'))}`,
    ];
    const last = [
      `/runs/${join(parent, 'secret.txt')}`,
      '/runs/latest/plan.json%00',
      '/runs/%252e%252e/secret.txt',
      '/runs/latest/%2E%2E/%2E%2E/secret.txt',
    ];
    for (const path of [...ways, ...more, ...last]) {
      const { status, body } = await get(path);
      expect([path, status]).toEqual([path, 404]);
      expect(body).not.toContain('secret</');
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect(await get('/runs/latest/plan.json', { method })).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD' },
      });
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example'])
      expect((await get('/', { host })).status).toBe(403);
  });

  it('listens on the loopback address only, and says when the port is taken', async () => {
    const taken = await leasebreaker(['serve', '--results', results, '--port', String(port)]);
    expect([taken.code, taken.stderr]).toEqual([3, expect.stringContaining(`port ${port} of 127.0.0.1 is taken`)]);
    // The other loopback addresses are those of the machine as well: a server on all of them would answer here.
    const refused = await new Promise((resolve) => {
      connect(port, '127.0.0.2')
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
        .on('connect', () => resolve('connected'));
    });
    expect(refused).toBe('ECONNREFUSED');
    for (const args of [
      ['--results', join(parent, 'nowhere')],
      ['--port', '70000'],
      ['--port', 'x'],
    ])
      expect((await leasebreaker(['serve', ...args])).code).toBe(64);
  });

  it('works in a browser, without script, by mouse; a report opened from it can do nothing to it', async () => {
    const browser = await launchChromium();
    try {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.getByLabel('Verdict').selectOption('violated');
      await page.getByRole('button', { name: 'Show' }).click();
      expect(await page.locator('tbody tr').count()).toBe(3);
      await page.getByLabel('Compare 20260101T000000Z-first').check();
      await page.getByLabel(`Compare ${EVIL}`).check();
      await page.getByRole('button', { name: /^Compare/ }).click();
      expect(await page.locator('h1').innerText()).toBe('Two runs side by side');
      await page.screenshot({ path: join(ROOT, '.build/screenshots/compare.png'), fullPage: true });
      await page.getByRole('link', { name: EVIL }).first().click();
      expect(await page.locator('h1').innerText()).toContain('the storage accepted');

      const mean = `<!doctype html><title>mean</title><script>
        document.title = 'ran';
        fetch('/runs/latest/plan.json').then(() => { document.title = 'read'; }, () => { document.title = 'kept out'; });
      </script>`;
      await mkdir(join(results, 'mean'));
      await writeFile(join(results, 'mean/report.html'), mean);
      const victim = await (await browser.newContext()).newPage();
      await victim.goto(`http://127.0.0.1:${port}/runs/mean/report.html`);
      await victim.waitForFunction("document.title !== 'mean' && document.title !== 'ran'");
      expect(await victim.title()).toBe('kept out');
      await rm(join(results, 'mean'), { recursive: true });

      // A report of ours runs its program all the same.
      const said: string[] = [];
      victim.on('console', (message) => said.push(message.text()));
      victim.on('pageerror', (error) => said.push(String(error)));
      await victim.goto(`http://127.0.0.1:${port}/runs/latest/report.html#v1`);
      await victim.locator('#timeline canvas').first().waitFor();
      await victim.screenshot({ path: join(ROOT, '.build/screenshots/served-report.png') });
      expect(said).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('sees what comes and goes, and ends cleanly at Ctrl-C', async () => {
    await rm(join(results, 'empty'), { recursive: true });
    expect((await get('/')).body).not.toContain('no plan.json');
    const ended = new Promise((resolve) => server.on('exit', (code, signal) => resolve([code, signal])));
    server.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });
});

/**
 * A real browser for the report's tests: one that is there, or Debian's, installed on the way when the tests run as root
 * on Debian or Ubuntu. Without one the tests fail and say what to do.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const ARGS = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchChromium(): Promise<Browser> {
  const executablePath = installed() ?? (await install());
  return chromium.launch({ executablePath, args: ARGS });
}

function installed(): string | undefined {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen !== undefined && !existsSync(chosen))
    throw new Error(`CHROMIUM_PATH is ${chosen}, and there is no such file`);
  return chosen ?? PLACES.find((place) => existsSync(place));
}

async function install(): Promise<string> {
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const isRoot = process.getuid?.() === 0;
  if (isRoot && /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(system)) {
    process.stderr.write('report test: no browser found, installing chromium (apt-get) ...\n');
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await execa('apt-get', ['update', '-qq'], { env, reject: false });
    const { stderr } = await execa('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
      env,
      reject: false,
    });
    const found = installed();
    if (found !== undefined) return found;
    throw new Error(`no browser for the report's tests, and apt-get could not install chromium: ${stderr.slice(-500)}`);
  }
  throw new Error("no browser for the report's tests: install Chromium or Chrome, or set CHROMIUM_PATH to one");
}

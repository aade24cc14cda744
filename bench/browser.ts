/**
 * A real browser for reports, in benchmarks and tests: one that is there, or Debian's, installed on the way by root on Debian or
 * Ubuntu. Without one it fails and says what to do.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Debian's and Ubuntu's package manager. */
const APT = 'apt-get';

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
  const allowed = (process.env.LEASEBREAKER_PROVISION ?? '').toLowerCase() !== 'off';
  if (allowed && isRoot && /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(system)) {
    process.stderr.write('reports: no browser found, installing chromium (apt-get) ...\n');
    const apt = (...args: string[]) =>
      spawnSync(APT, ['-y', '-qq', ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        encoding: 'utf8',
      });
    apt('update');
    const { stderr } = apt('install', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
    const found = installed();
    if (found !== undefined) return found;
    throw new Error(`no browser for reports, and apt-get could not install chromium: ${stderr.slice(-500)}`);
  }
  throw new Error('no browser for reports: install Chromium or Chrome, or set CHROMIUM_PATH to one');
}

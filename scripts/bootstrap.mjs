// Makes a checkout runnable: installs the npm packages where they are missing or outdated and compiles the sources.
// In an installed package (no tsconfig.json beside it) both have been done by others and it only finds the file.
// Plain JavaScript without dependencies, because it runs before there are any.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const ENVIRONMENT_CANNOT = 3;

/**
 * Brings packages and compiled code up to date.
 * @param {string} entry path below dist/ of the program to run next
 * @returns {Promise<URL>} where that program is
 */
export async function bootstrap(entry) {
  if (existsSync(join(root, 'tsconfig.json'))) {
    await installPackages();
    const { build } = await import('./build.mjs');
    await build();
  }
  return pathToFileURL(join(root, 'dist', entry));
}

/** Runs `npm ci` if node_modules is not what package-lock.json asks for; exits with 3 if that fails. */
export async function installPackages() {
  if (packagesMatch()) return;
  await withLock(join(root, '.build', 'install.lock'), () => {
    if (packagesMatch()) return; // another start installed them while this one waited
    console.error('leasebreaker: installing npm packages (npm ci) ...');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const outcome = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
    if (outcome.status === 0) return;
    const why = outcome.error ? outcome.error.message : `npm ci ended with ${outcome.status ?? outcome.signal}`;
    console.error(`leasebreaker: the npm packages cannot be installed: ${why}\nMend it and try again with: npm ci`);
    process.exit(ENVIRONMENT_CANNOT);
  });
}

/** Whether every package of package-lock.json that this platform needs lies in node_modules in the same version. */
function packagesMatch() {
  const wanted = readJson(join(root, 'package-lock.json'));
  const present = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    const installed = present.packages[path];
    if (!installed) return entry.optional === true || entry.peer === true;
    return installed.version === entry.version && (installed.integrity ?? '') === (entry.integrity ?? '');
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Runs `action` while holding a lock file, so that two starts at once do not install into each other. The lock of a
 * process that is gone is taken over.
 */
async function withLock(path, action) {
  mkdirSync(join(path, '..'), { recursive: true });
  for (let told = false; ; ) {
    try {
      const fd = openSync(path, 'wx');
      writeSync(fd, String(process.pid));
      closeSync(fd);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) console.error('leasebreaker: waiting for another start that installs the npm packages ...');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    return action();
  } finally {
    rmSync(path, { force: true });
  }
}

function isAbandoned(path) {
  let pid;
  let age;
  try {
    pid = Number(readFileSync(path, 'utf8'));
    age = Date.now() - statSync(path).mtimeMs;
  } catch {
    return false; // gone in the meantime
  }
  if (!Number.isInteger(pid) || pid <= 0) return age > 5000; // created and never written
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/**
 * The assembler for the stubs' tests: Debian's cross tools, installed on the way when the tests run as root on Debian or
 * Ubuntu. Without them the tests fail and say what to install.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stub } from '../stub.js';

const TOOLS = {
  x64: { prefix: 'x86_64-linux-gnu', package: 'binutils-x86-64-linux-gnu' },
  arm64: { prefix: 'aarch64-linux-gnu', package: 'binutils-aarch64-linux-gnu' },
} satisfies Record<Stub['architecture'], { prefix: string; package: string }>;
const EMULATORS = { x64: 'qemu-x86_64-static', arm64: 'qemu-aarch64-static', package: 'qemu-user-static' };

/** Debian's and Ubuntu's package manager. */
const APT = 'apt-get';

/** What a source assembles to, and the offset of every label. */
export function assemble(
  architecture: Stub['architecture'],
  source: string,
): { code: Buffer; labels: Map<string, number> } {
  return inFolder((folder) => {
    const object = assembleInto(folder, architecture, source);
    const { prefix } = TOOLS[architecture];
    const binary = join(folder, 'code.bin');
    run(`${prefix}-objcopy`, ['-O', 'binary', '-j', '.text', object, binary]);
    const labels = run(`${prefix}-nm`, [object])
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .flatMap(([at = '', kind = '', name = '']): [string, number][] =>
        kind === 't' ? [[name, Number.parseInt(at, 16)]] : [],
      );
    return { code: readFileSync(binary), labels: new Map(labels) };
  });
}

/**
 * Assembles a whole program, with `include` to be had as `include.bin`, runs it on `input`, under an emulator where this
 * machine is of another kind, and gives what it wrote.
 */
export function runProgram(
  architecture: Stub['architecture'],
  source: string,
  { include, input }: { include: Buffer; input: Buffer },
): Buffer {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'include.bin'), include);
    const object = assembleInto(folder, architecture, source);
    const program = join(folder, 'program');
    run(`${TOOLS[architecture].prefix}-ld`, ['-N', object, '-o', program]);
    const native = process.arch === architecture;
    const emulator = EMULATORS[architecture];
    if (!native) need(emulator, EMULATORS.package);
    const { stdout, stderr, status, signal } = spawnSync(native ? program : emulator, native ? [] : [program], {
      input,
    });
    if (status !== 0) throw new Error(`the assembled program ended with ${status ?? signal}: ${stderr.toString()}`);
    return stdout;
  });
}

function assembleInto(folder: string, architecture: Stub['architecture'], source: string): string {
  const { prefix, package: packaged } = TOOLS[architecture];
  need(`${prefix}-as`, packaged);
  const object = join(folder, 'code.o');
  writeFileSync(join(folder, 'code.S'), source);
  run(`${prefix}-as`, ['-I', folder, join(folder, 'code.S'), '-o', object]);
  return object;
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-assembler-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`);
  return stdout;
}

function need(program: string, packaged: string): void {
  const isThere = () => spawnSync(program, ['--version']).status === 0;
  if (isThere()) return;
  const isRoot = process.getuid?.() === 0;
  const allowed = (process.env['LEASEBREAKER_PROVISION'] ?? '').toLowerCase() !== 'off';
  const system = spawnSync('cat', ['/etc/os-release'], { encoding: 'utf8' }).stdout;
  if (allowed && isRoot && /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(system)) {
    process.stderr.write(`clock test: ${program} not found, installing ${packaged} (apt-get) ...\n`);
    const apt = (...args: string[]) =>
      spawnSync(APT, ['-y', '-qq', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    apt('update');
    const { stderr } = apt('install', '--no-install-recommends', packaged);
    if (isThere()) return;
    throw new Error(`no ${program}, and apt-get could not install ${packaged}: ${stderr.toString().slice(-500)}`);
  }
  throw new Error(`the test needs ${program}: install ${packaged} (Debian's and Ubuntu's name)`);
}

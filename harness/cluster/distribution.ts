// Which operating system the controller runs on, as far as installing packages asks for it. Reads only.
import { existsSync, readFileSync } from 'node:fs';
import { shell } from './shell.js';

/** The operating system by the names of its own `os-release` file; empty strings where there is no such file. */
export interface Distribution {
  /** For example `debian`, `ubuntu`, `fedora`. */
  readonly id: string;
  /** Whether packages come by apt: Debian, Ubuntu and what derives from them. */
  readonly debianLike: boolean;
  /** For people, for example `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
}

/** Reads the text of an `os-release` file (freedesktop.org os-release(5)). */
export function parseOsRelease(text: string): Distribution {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(["']?)(.*)\2$/.exec(line.trim());
    if (match?.[1] !== undefined) fields.set(match[1], match[3] ?? '');
  }
  const id = fields.get('ID') ?? '';
  const like = [id, ...(fields.get('ID_LIKE') ?? '').split(' ')];
  return {
    id,
    debianLike: like.includes('debian') || like.includes('ubuntu'),
    name: fields.get('PRETTY_NAME') ?? id,
  };
}

/** The machine's own distribution. */
export function readDistribution(): Distribution {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    if (existsSync(path)) return parseOsRelease(readFileSync(path, 'utf8'));
  }
  return { id: '', debianLike: false, name: process.platform };
}

/** Whether this process may install packages. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Whether systemd runs the machine, so that services are started through it. */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/**
 * The mirror from which this machine takes its Debian packages, or undefined where it takes none. The machine's own
 * choice is followed, because it is the one that its network lets through.
 */
export async function debianMirror(): Promise<string | undefined> {
  const targets = await shell('apt-get', ['indextargets', '--format', '$(REPO_URI) $(ORIGIN) $(RELEASE)']);
  return targets.ok ? chooseMirror(targets.stdout) : undefined;
}

/** The first Debian archive in lines of `URI ORIGIN RELEASE`; security and third-party archives are passed over. */
export function chooseMirror(lines: string): string | undefined {
  for (const line of lines.split('\n')) {
    const [uri, origin, release] = line.trim().split(' ');
    if (uri === undefined || !/^(https?|file|mirror\+https?):/.test(uri)) continue;
    if (origin === 'Debian' && release !== undefined && !release.includes('security')) return uri;
  }
  return undefined;
}

/** The version that apt would install of a package, or undefined where it knows none. */
export async function packageCandidate(name: string): Promise<string | undefined> {
  const policy = await shell('apt-cache', ['policy', name], { env: { LC_ALL: 'C' } });
  const version = /Candidate: (\S+)/.exec(policy.stdout)?.[1];
  return version === '(none)' ? undefined : version;
}

/** The first of `programs` that lies on the PATH, by its file name. */
export function onPath(...programs: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin', '/sbin');
  return programs.find((program) => folders.some((folder) => folder !== '' && existsSync(`${folder}/${program}`)));
}

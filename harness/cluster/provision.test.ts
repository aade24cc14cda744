import { describe, expect, it } from 'vitest';
import { chooseMirror, parseOsRelease } from './distribution.js';
import type { NoEngine } from './engine.js';
import { type Circumstances, composeCommands, engineCommands, refuseCompose, refuseEngine } from './provision.js';

const DEBIAN = parseOsRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n');
const UBUNTU = parseOsRelease('ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 24.04"\n');
const FEDORA = parseOsRelease("ID=fedora\nPRETTY_NAME='Fedora Linux 42'\n");
const ROOT: Circumstances = { allowed: true, root: true, distribution: DEBIAN, user: 'root' };

const SILENT: NoEngine = {
  kind: 'none',
  asked: undefined,
  forbidden: false,
  attempts: [
    { endpoint: { url: 'unix:///var/run/docker.sock', asked: false, source: 'default' }, error: 'connect ENOENT' },
  ],
};

describe('parseOsRelease', () => {
  it('knows Debian, what derives from it, and what does not', () => {
    expect(DEBIAN).toEqual({ id: 'debian', debianLike: true, name: 'Debian GNU/Linux 12 (bookworm)' });
    expect(UBUNTU.debianLike).toBe(true);
    expect(parseOsRelease('ID=linuxmint\nID_LIKE="ubuntu debian"').debianLike).toBe(true);
    expect(FEDORA).toEqual({ id: 'fedora', debianLike: false, name: 'Fedora Linux 42' });
  });
});

describe('refuseEngine', () => {
  it('lets root on Debian and Ubuntu install one', () => {
    expect(refuseEngine(ROOT, SILENT)).toBeUndefined();
    expect(refuseEngine({ ...ROOT, distribution: UBUNTU }, SILENT)).toBeUndefined();
  });

  it('says what was tried and why it stops, with the commands', () => {
    const refusal = refuseEngine({ ...ROOT, allowed: false }, SILENT);
    expect(refusal?.kind).toBe('refused');
    expect(refusal?.message).toContain('unix:///var/run/docker.sock: connect ENOENT');
    expect(refusal?.message).toContain('LEASEBREAKER_PROVISION=off');
    expect(refusal?.commands.join('\n')).toMatch(
      /^apt-get update\napt-get install -y docker\.io iptables ca-certificates\n/,
    );
  });

  it('gives a user the commands with sudo and the group', () => {
    const refusal = refuseEngine({ ...ROOT, root: false, user: 'ada' }, SILENT);
    expect(refusal?.message).toContain('takes root');
    expect(refusal?.commands.every((command) => command.startsWith('sudo ') || command === 'newgrp docker')).toBe(true);
    expect(refusal?.commands).toContain('sudo usermod -aG docker ada');
  });

  it('never installs a second engine beside one that was named or may not be used', () => {
    const host = { url: 'tcp://10.0.0.9:2375', asked: true, source: 'DOCKER_HOST' };
    const named = refuseEngine(ROOT, { ...SILENT, asked: host, attempts: [{ endpoint: host, error: 'ECONNREFUSED' }] });
    expect(named?.commands).toEqual(['unset DOCKER_HOST']);
    const forbidden = refuseEngine({ ...ROOT, user: 'ada' }, { ...SILENT, forbidden: true });
    expect(forbidden?.commands[0]).toBe('sudo usermod -aG docker ada');
  });

  it('installs nothing on other systems', () => {
    const refusal = refuseEngine({ ...ROOT, distribution: FEDORA }, SILENT);
    expect(refusal?.message).toContain('Fedora Linux 42');
    expect(refusal?.commands.join(' ')).not.toContain('apt-get');
  });
});

describe('refuseCompose', () => {
  it('needs no root, as it goes into the user’s own folder', () => {
    expect(refuseCompose({ ...ROOT, root: false })).toBeUndefined();
  });
  it('obeys LEASEBREAKER_PROVISION=off and names the package of the distribution', () => {
    const refusal = refuseCompose({ ...ROOT, allowed: false, root: false, distribution: UBUNTU });
    expect(refusal?.commands).toContain('sudo apt-get install -y docker-compose-v2');
  });
  it('installs nothing on other systems', () => {
    expect(refuseCompose({ ...ROOT, distribution: FEDORA })?.commands).toEqual(
      composeCommands({ ...ROOT, distribution: FEDORA }),
    );
  });
});

describe('engineCommands', () => {
  it('starts the daemon also where no service manager runs', () => {
    expect(engineCommands(ROOT).at(-1)).toBe('systemctl start docker || setsid dockerd &');
  });
});

describe('chooseMirror', () => {
  it('takes the machine’s own Debian archive, not its security or third-party ones', () => {
    const lines = [
      'https://packages.example/apt/ Example stable',
      'http://mirror.example/debian-security/ Debian bookworm-security',
      'http://mirror.example/debian/ Debian bookworm',
      'http://other.example/debian/ Debian bookworm-updates',
    ];
    expect(chooseMirror(lines.join('\n'))).toBe('http://mirror.example/debian/');
  });
  it('finds none on Ubuntu or without package lists', () => {
    expect(chooseMirror('http://mirror.example/ubuntu/ Ubuntu noble')).toBeUndefined();
    expect(chooseMirror('http://mirror.example/debian/  ')).toBeUndefined();
    expect(chooseMirror('')).toBeUndefined();
  });
});

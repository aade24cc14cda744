/** Wrong options and unfit environments: each has its message with the mending command, and the documented exit code. */
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, TARGET_ROLES } from '../harness/plan/fault-kinds.js';
import { BIN, leasebreaker, resultsFolder, startProgram } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

describe('bad arguments end with 64 and say what is wrong', () => {
  it.each([
    [['run', '--no-such-option'], "unknown option '--no-such-option'"],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['run', '--fencing', 'perhaps'], 'Allowed choices are off, equality, monotonic, strict'],
    [['run', '--faults', 'earthquake'], 'unknown fault "earthquake"; known: none, pause'],
    [['run', '--faults', 'pause:for=3'], 'for takes a duration in ms, s, min, ttl'],
    [['run', '--faults', 'partition:round'], '"round" is nothing that it knows; it takes one of isolate-one'],
    [['run', '--faults', 'kill@observer'], 'the observer is never a target'],
    [['run', '--faults', 'kill', '--etcd-nodes', '1'], 'one member alone is the leader and has no follower'],
    [['run', '--faults', 'kill@storage'], '--storage http-durable'],
    [['run', '--faults', 'disk:full', '--etcd-data', 'disk'], '--etcd-data tmpfs'],
    [['run', '--faults', 'clock:jump=-1000'], '--impossible-clocks'],
    [['run', '--faults', 'pause,kill,cpu,partition,etcd,disk,loss'], 'give --time'],
    [['campaign', '--faults', 'pause:after=kill'], 'waits for a fault that is not asked for'],
    [['run', '--plan', '/no/such/plan.yaml'], 'the plan file cannot be read'],
    [['run', '--plan', 'package.json'], 'package.json, line 7: "engines" takes one value'],
    [['run', '--lanes', 'many'], 'It takes a number'],
    [['run', '--lanes', '0'], '--lanes takes a whole number from 1 to 64'],
    [['run', '--subnet', '10.213.7.0/16'], 'an IPv4 network such as 10.213.7.0/24'],
    [['run', '--time', '3'], 'leaves no room for pause: at --ttl 2 give --time'],
    [['run', '--name', '../escape', '--dry-run'], 'a name is made of'],
    [['run', '--etcd-nodes', '2'], 'Allowed choices are 1, 3, 5'],
    [['check', '/no/such/run'], 'no run there'],
    [['report', '/no/such/run'], 'no run there'],
    [['demo', 'expired-lease', '--ttl', '0'], '--ttl takes'],
  ])('%j', async (args, message) => {
    const ended = await leasebreaker(args);
    expect(ended.stderr).toContain(message);
    expect(ended.code).toBe(64);
  });
});

describe('what needs no cluster needs none', () => {
  it('prints the plan, the same twice, with --dry-run', async () => {
    const none = { DOCKER_HOST: 'tcp://127.0.0.1:1' };
    const [first, second] = await Promise.all(
      [1, 2].map(() => leasebreaker(['run', '--seed', '42', '--dry-run'], none)),
    );
    expect(first?.code).toBe(0);
    expect(JSON.parse(first?.stdout ?? '')).toMatchObject({ version: 2, seed: 42, settings: { ttlMs: 2000 } });
    expect(second?.stdout).toBe(first?.stdout);
  });

  it.each(['run', 'campaign', 'check', 'export', 'report', 'demo expired-lease', 'conform', 'doctor', 'clean', 'list'])(
    '%s has help',
    async (command) => {
      const { code, stdout } = await leasebreaker([...command.split(' '), '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('Usage: leasebreaker');
    },
  );

  it('lists what there is', async () => {
    const { code, stdout } = await leasebreaker(['list']);
    expect(code).toBe(0);
    for (const name of ['mutex', 'http', 'monotonic', 'counter', 'stale-writes'].concat(FAULT_KINDS, TARGET_ROLES))
      expect(stdout).toContain(name);
  });
});

describe('an environment that cannot do it ends with 3 and says what mends it', () => {
  it('no engine where DOCKER_HOST says', async () => {
    const ended = await leasebreaker(['run', '--output', await resultsFolder()], { DOCKER_HOST: 'tcp://127.0.0.1:1' });
    expect(ended.stderr).toContain('DOCKER_HOST names this engine');
    expect(ended.stderr).toContain('-> unset DOCKER_HOST');
    expect(ended.code).toBe(3);
  });

  it('an engine that would have to be installed, where that is switched off', async () => {
    // In a mount namespace of its own the engine's socket is hidden; the machine's stays as it is.
    const hide = 'mount --bind /dev/null "$(readlink -f /var/run/docker.sock)" && exec "$@"';
    const command = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      hide,
      'sh',
      process.execPath,
      BIN,
      'run',
      '--output',
      await resultsFolder(),
    ];
    const [program, ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', '-E', ...command];
    const ended = await startProgram(program ?? '', args, { LEASEBREAKER_PROVISION: 'off' }).ended;
    expect(ended.stderr).toContain('LEASEBREAKER_PROVISION=off');
    expect(ended.stderr).toContain('-> ');
    expect(ended.code).toBe(3);
  });

  it('a results folder that cannot be written', async () => {
    const ended = await leasebreaker(['run', '--output', '/etc/passwd/results']);
    expect(ended.stderr).toContain('cannot write results to /etc/passwd/results');
    expect(ended.stderr).toContain('--output');
    expect(ended.code).toBe(3);
  });

  it('a results folder that takes no more', async () => {
    // A limit on the size of files stands in for a full disk: the write fails alike, for everybody, without a mount. The time is
    // long enough for any machine to get there; the run ends when it does. Its report does not find room either.
    const limited = [
      '-c',
      'ulimit -f 128 && exec "$@"',
      'bash',
      process.execPath,
      BIN,
      'run',
      '--faults',
      'none',
      '--rate',
      '0',
      '--time',
      '600',
    ];
    const ended = await startProgram('bash', [...limited, '--output', await resultsFolder()]).ended;
    expect(ended.stderr).toContain('the history could not be written');
    expect(ended.stderr).toContain('verdict and report could not be written');
    expect(ended.stderr).toContain('--output');
    expect(ended.code).toBe(3);
    expect(await leftovers()).toEqual(NOTHING);
  });

  it('a subnet in use', async () => {
    const name = 'leasebreaker-test-taken';
    await execa('docker', ['network', 'create', '--subnet', '10.213.250.0/24', name]);
    try {
      const ended = await leasebreaker(['run', '--subnet', '10.213.250.0/24', '--output', await resultsFolder()]);
      expect(ended.stderr).toContain(name);
      expect(ended.stderr).toContain('--subnet');
      expect(ended.code).toBe(3);
    } finally {
      await execa('docker', ['network', 'rm', name]);
    }
  });
});

describe('a TTL below what the cluster grants', () => {
  it('is refused with 64, saying what was granted', async () => {
    const ended = await leasebreaker(['run', '--ttl', '1', '--etcd-nodes', '1', '--output', await resultsFolder()]);
    expect(ended.stderr).toContain('etcd grants a lease of 2 s where --ttl 1 asks for 1 s');
    expect(ended.stderr).toContain('-> give --ttl 2');
    expect(ended.code).toBe(64);
    expect(await leftovers()).toEqual(NOTHING);
  });
});

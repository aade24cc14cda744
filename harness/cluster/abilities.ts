// What the engine and its kernel can do for faults, found out by doing it once, in one short-lived container of a sidecar's
// rights. Says nothing about what that means for a fault: the command line does, which knows the faults.
import type Docker from 'dockerode';
import { createDemuxer } from './demux.js';
import { within } from './engine-stream.js';
import { ownerLabels, thisOwner } from './owner.js';

/** Everything that some fault needs. */
export const ABILITIES = [
  /** iptables, IPv4 and IPv6: partitions. */
  'filter',
  'filter6',
  /** Answers a packet with a TCP reset. */
  'reject',
  /** Rules that match at random: loss. */
  'statistic',
  /** Rules by the sender's user, and to a port of this container: the way into a proxy, and the proxy's own way out. */
  'owner',
  'redirect',
  /** Traffic control: delay, bandwidth, and both for some peers only. */
  'netem',
  'tbf',
  'htb',
  /** strace delays another process's system calls. */
  'ptrace',
  /** Another process's vDSO can be patched. */
  'clock',
  /** docker update, docker pause, volumes in memory of a limited size. */
  'cpuQuota',
  'freezer',
  'tmpfs',
] as const;
export type Ability = (typeof ABILITIES)[number];

/** For each ability whether it is there, and what was said instead where it is not. */
export type FaultAbilities = Readonly<Record<Ability, { readonly able: boolean; readonly reason: string }>>;

/** The start of a loop that looks every 50 ms for 4 s at most, which is for a machine under load. */
const UNTIL = 'for _ in $(seq 80); do sleep 0.05;';
/** A program that syncs a file in memory again and again, for 5 s at most: a disk under load would take as long. */
const SYNCS = [
  "const fs = require('fs'); const file = fs.openSync('/probe/synced', 'w')",
  'const timer = setInterval(() => fs.fdatasyncSync(file), 5)',
  'setTimeout(() => clearInterval(timer), 5000)',
].join('; ');

/** Each is run by a shell of its own; it can do what ends with 0. Nothing here outlives the container. */
const CHECKS: Readonly<Partial<Record<Ability, string>>> = {
  filter: 'iptables -w -A INPUT -s 192.0.2.1 -j DROP',
  filter6: 'ip6tables -w -A INPUT -s 2001:db8::1 -j DROP',
  reject: 'iptables -w -A INPUT -p tcp -s 192.0.2.1 -j REJECT --reject-with tcp-reset',
  statistic: 'iptables -w -A INPUT -s 192.0.2.1 -m statistic --mode random --probability 0.5 -j DROP',
  owner: 'iptables -w -A OUTPUT -d 192.0.2.1 -m owner --uid-owner 65533 -j ACCEPT',
  redirect: 'iptables -w -t nat -A OUTPUT -p tcp -d 192.0.2.1 -j REDIRECT --to-ports 9',
  netem: 'tc qdisc replace dev lo root netem delay 1ms',
  tbf: 'tc qdisc replace dev lo root tbf rate 1mbit burst 32kbit latency 400ms',
  htb: [
    'tc qdisc replace dev lo root handle 1: htb',
    'tc class add dev lo parent 1: classid 1:1 htb rate 1mbit',
    'tc filter add dev lo parent 1: protocol ip prio 1 u32 match ip dst 192.0.2.1/32 flowid 1:1',
  ].join(' && '),
  // Attached to, not started by strace, as a fault does it; the kernel may allow the one and not the other (Yama).
  ptrace: [
    `node -e "${SYNCS}" >/dev/null 2>&1 & target=$!`,
    'strace -f -p $target -e trace=fdatasync -e inject=fdatasync:delay_enter=1000 >/tmp/strace 2>&1 & strace=$!',
    `${UNTIL} grep -q DELAYED /tmp/strace && break; done; kill $strace $target; wait`,
    'grep -q DELAYED /tmp/strace || { tail -n 1 /tmp/strace; echo "strace delays no system call"; false; }',
  ].join('\n'),
  // The agent does it as it would in a run, on a program of its own.
  clock: [
    `commands() { echo '${command(1, { do: 'spawn', name: 'target', command: ['sleep', '9'] })}'`,
    `echo '${command(2, { do: 'clock', of: { child: 'target' }, change: { do: 'shift', rate: 2 } })}'`,
    `${UNTIL} grep -q '"re":2' /tmp/clock && break; done; }`,
    'commands | node /opt/leasebreaker/agent.mjs >/tmp/clock',
    `answer=$(grep '"re":2' /tmp/clock || echo "the agent does not answer")`,
    `case $answer in *'"kind":"shifted"'*) ;; *)`,
    `echo "$answer" | sed -E 's/.*"(reason|error)":"([^"]*)".*/\\2/'; false;; esac`,
  ].join('\n'),
  tmpfs: [
    'dd if=/dev/zero of=/probe/full bs=1M count=3 2>&1 | grep -q "No space left"',
    '{ echo "the size of a volume in memory is not limited"; false; }',
  ].join(' || '),
};

/** A line for the agent. */
function command(id: number, what: object): string {
  return JSON.stringify({ id, ...what });
}

/** Prints `NAME ok`, or `NAME no` with the last line of what was said. The slow ones run beside the others. */
export function probeScript(): string {
  const quote = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;
  const lines = Object.entries(CHECKS).map(
    ([name, script]) => `try ${name} ${quote(script)}${name === 'clock' || name === 'ptrace' ? ' &' : ''}`,
  );
  return [
    'try() { if said=$(sh -c "$2" 2>&1); then echo "$1 ok"; else echo "$1 no $(echo "$said" | tail -n 1)"; fi; }',
    ...lines,
    'wait',
  ].join('\n');
}

/** Reads what {@link probeScript} printed; of what it does not mention there is no knowing, so it is not there. */
export function readAbilities(printed: string, ofEngine: Partial<FaultAbilities>): FaultAbilities {
  const found = new Map<string, { able: boolean; reason: string }>(Object.entries(ofEngine));
  for (const line of printed.split('\n')) {
    const [, name = '', answer, reason = ''] = /^(\w+) (ok|no)\s?(.*)$/.exec(line.trim()) ?? [];
    if (answer !== undefined) found.set(name, { able: answer === 'ok', reason: answer === 'ok' ? '' : reason });
  }
  return Object.fromEntries(
    ABILITIES.map((name) => [name, found.get(name) ?? { able: false, reason: 'it could not be tried' }]),
  ) as FaultAbilities;
}

/** A probe that hangs says nothing either; it takes about a second. */
const PROBE_WITHIN_MS = 20_000;

/** Tries everything, in a container of `image`, leasebreaker's own. Rejects with the engine's error if that cannot be started. */
export async function probeAbilities(docker: Docker, image: string): Promise<FaultAbilities> {
  const labels = ownerLabels('doctor', thisOwner());
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sh', '-c', probeScript()],
    Labels: labels,
    HostConfig: {
      NetworkMode: 'none',
      Init: true,
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN', 'NET_RAW', 'SYS_PTRACE', 'KILL', 'DAC_OVERRIDE'],
      LogConfig: { Type: 'json-file', Config: {} },
      Mounts: [
        {
          Type: 'volume',
          Source: '',
          Target: '/probe',
          VolumeOptions: {
            NoCopy: true,
            Labels: labels,
            DriverConfig: { Name: 'local', Options: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } },
          },
        },
      ],
    },
  });
  try {
    await container.start();
    const ofEngine = {
      freezer: await attempt(async () => {
        await container.pause();
        await container.unpause();
      }),
      cpuQuota: await attempt(async () => {
        // More than there is to have, so that the probe is not slowed down by it.
        const { Warnings } = (await container.update({ CpuPeriod: 100_000, CpuQuota: 800_000 })) as {
          Warnings?: string[] | null;
        };
        if ((Warnings ?? []).length > 0) throw new Error(Warnings?.[0]);
      }),
    };
    await within(PROBE_WITHIN_MS, container.wait());
    let printed = '';
    const demux = createDemuxer(
      (piece) => (printed += Buffer.from(piece).toString()),
      () => undefined,
    );
    demux(await container.logs({ stdout: true, follow: false }));
    return readAbilities(printed, ofEngine);
  } finally {
    await container.remove({ force: true, v: true });
  }
}

async function attempt(what: () => Promise<void>): Promise<{ able: boolean; reason: string }> {
  try {
    await what();
    return { able: true, reason: '' };
  } catch (error) {
    return { able: false, reason: (error as Error).message };
  }
}

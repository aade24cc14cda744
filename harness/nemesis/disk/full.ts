/**
 * A full disk: a file takes all that is left of the node's data volume, which is in memory and limited. A volume on a real disk is
 * left alone: it would be the machine's own that fills up.
 *
 * What a program does without room is its own affair. etcd has reserved its log's next 64 MB, runs on for a while, and panics
 * when its database must grow; the durable storage ends at its next decision. Their end is expected, and the heal starts them
 * again. It disarms no alarm: etcd raises NOSPACE for its own quota, not for a full disk (server/etcdserver/quota.go), and to
 * disarm all would hide a CORRUPT one.
 */
import type { FaultNode, World } from '../fault.js';
import type { Harm } from '../harm.js';
import { proven, unproven } from '../receipts.js';
import { startProgram } from '../server.js';
import { inData, inDataCommand } from './data.js';

const BALLAST = 'leasebreaker-ballast';
const REMOVE = `rm -f ${BALLAST} ${BALLAST}-probe`;
/** Says the kind of file system, then what dd says of a write, then the bytes that are left. Filled again where a program just freed some. */
const FILL = `stat -f -c %T . && [ "$(stat -f -c %T .)" = tmpfs ] &&
for turn in 1 2 3; do
  dd if=/dev/zero of=${BALLAST} bs=1M oflag=append conv=notrunc 2>/dev/null
  LC_ALL=C dd if=/dev/zero of=${BALLAST}-probe bs=4096 count=1 2>&1 | grep -i 'no space' && break
done; rm -f ${BALLAST}-probe; df --output=avail -B1 . | tail -n 1`;

/** What FILL printed. */
export function judgeFill(stdout: string): { full: true; said: string } | { full: false; reason: string } {
  const [kind = '', ...rest] = stdout.trim().split('\n');
  if (kind !== 'tmpfs')
    return { full: false, reason: `its data lies on ${kind || 'an unknown file system'}, not in memory` };
  const said = rest.find((line) => /no space/i.test(line));
  if (said === undefined) return { full: false, reason: 'a write still succeeded' };
  const left = Number(rest.at(-1));
  return left === 0
    ? { full: true, said: said.replace(/^dd: /, '') }
    : { full: false, reason: `${left} bytes are still free` };
}

export function fillDisk(node: FaultNode, world: World): Harm {
  const forget = node.container.expectExit();
  return {
    name: node.name,
    async inject() {
      await node.agent.guard(BALLAST, inDataCommand(node, REMOVE));
      const { stdout } = await inData(node, `{ ${FILL}; } || true`);
      const fill = judgeFill(stdout);
      return fill.full ? proven({ write: fill.said, freeBytes: 0 }) : unproven(fill.reason);
    },
    async heal() {
      try {
        await inData(node, REMOVE);
        await node.agent.guard(BALLAST, undefined);
        const { running, exitCode } = await node.container.state();
        const started = await startProgram(node, world);
        if (!started.proven) return started;
        const freeBytes = Number((await inData(node, 'df --output=avail -B1 . | tail -n 1')).stdout);
        const ended = running ? {} : { endedMeanwhile: `exit code ${exitCode}` };
        return freeBytes > 0
          ? proven({ ...started.evidence, freeBytes, ...ended })
          : unproven('the disk is still full');
      } finally {
        forget();
      }
    },
  };
}

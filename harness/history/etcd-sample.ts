/**
 * What etcd's log and database have grown to, and who leads: a line of `etcd.jsonl`, one for each member about once a second and
 * whenever it begins or ceases to lead, as the observer asks for it (Maintenance.Status, etcd api/etcdserverpb/rpc.proto). Asking goes through no log and changes nothing.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const count = z.number().int().min(0);

const etcdSampleSchema = z.object({
  /** Ns since the run began. */
  time: z.number(),
  member: z.string(),
  /** Of the store: one more with each transaction that changed something. */
  revision: count,
  /** Entries of the Raft log that the member knows: proposals that changed nothing, lease grants and revokes among them. */
  raftIndex: count,
  /** Size of the database file in bytes; it never shrinks without defragmentation. */
  dbBytes: count,
  /** Whether the member takes itself for the leader; missing in records of older versions, as is its term. */
  leads: z.boolean().exactOptional(),
  raftTerm: count.exactOptional(),
});
export type EtcdSample = z.infer<typeof etcdSampleSchema>;

/**
 * The samples of a run; undefined where it took none. A last line that was cut off is left out, as are lines that are none: no
 * verdict rests on them.
 */
export async function readEtcdSamples(path: string): Promise<EtcdSample[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  return text.split('\n').flatMap((line) => {
    const sample = etcdSampleSchema.safeParse(parsed(line));
    return sample.success ? [sample.data] : [];
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

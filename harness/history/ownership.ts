/**
 * What etcd says about who owns a lock: a line of `ownership.jsonl` is one watch event seen by the observer on one member.
 * etcd's revisions are the ground truth for ownership; the times are for pictures.
 */

export interface OwnershipEvent {
  /** Nanoseconds since the run began at which the controller read the event. */
  time: number;
  /** Name of the etcd member whose watch delivered it, such as `etcd1`. */
  member: string;
  /** Revision of the event, a decimal string. */
  revision: string;
  type: 'put' | 'delete';
  /** Lock key: `leasebreaker/<run id>/lane-<lane>/<lease id in hex>`. */
  key: string;
  lane: number;
  /** Create revision of the key: the fencing token of the hold that it stands for. */
  createRevision: string;
  /** Lease id in hex. */
  lease: string;
}

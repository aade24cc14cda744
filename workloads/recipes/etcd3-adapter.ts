/**
 * The `Etcd` port on the npm package etcd3: its low-level calls only, without its retries, circuit breakers, leases and
 * watchers, and with a deadline on every call.
 *
 * Members are tried in the order in which they are given. A call that fails moves the following ones to the next member.
 * The call itself goes there too only if it was never sent: one that may have taken effect is never sent twice, because
 * the record could not say which of the two did what.
 */
import { Etcd3, type ILeaseKeepAliveResponse } from 'etcd3';
import { noop } from 'cockatiel';
import { wallClock } from '../../harness/history/clock.js';
import { toKeyValue, toRangeRequest, toTxnOperationResult, toTxnRequest } from './etcd3-convert.js';
import { toEtcdFailure } from './etcd3-failure.js';
import { openWatch, type ReconnectingWatch } from './etcd3-watch.js';
import type { Etcd } from './ports.js';

const GRPC_OPTIONS = {
  // The default goes up to two minutes, in which a member that is back would not be used.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // For watches on a connection that has gone dead; etcd refuses pings more often than every 5 s.
  'grpc.keepalive_time_ms': 7000,
  'grpc.keepalive_timeout_ms': 3000,
};

/**
 * `endpoints`: client URLs of the members. `defaultDeadlineMs`: for calls that name no deadline of their own.
 * Connects on the first call.
 */
export function connectEtcd(endpoints: readonly string[], defaultDeadlineMs: number): Etcd {
  const members = endpoints.map(
    (url) => new Etcd3({ hosts: url, grpcOptions: GRPC_OPTIONS, faultHandling: { global: noop, host: () => noop } }),
  );
  const watches = new Set<ReconnectingWatch>();
  let current = 0;

  function leave(index: number, reason: string): void {
    if (current !== index) return;
    current = (index + 1) % members.length;
    if (current !== index) for (const watch of watches) watch.leave(index, reason);
  }

  async function call<T>(
    deadlineMs: number,
    run: (member: Etcd3, options: { deadline: Date }) => Promise<T>,
  ): Promise<T> {
    // gRPC wants a time of day, and turns it into a span as the call starts: a clock that is set later does no harm.
    const deadline = new Date(wallClock().getTime() + deadlineMs);
    for (let attempt = 1; ; attempt++) {
      const index = current;
      try {
        return await run(members[index] as Etcd3, { deadline });
      } catch (error) {
        const failure = toEtcdFailure(error);
        const refused = failure.code === 'connection-refused';
        if (refused || failure.code === 'timeout' || failure.code === 'unavailable') leave(index, failure.message);
        if (!refused || attempt >= members.length) throw failure;
      }
    }
  }

  return {
    range: (options, deadlineMs = defaultDeadlineMs) =>
      call(deadlineMs, async (member, callOptions) => {
        const { header, kvs } = await member.kv.range(toRangeRequest(options), callOptions);
        return { revision: BigInt(header.revision), kvs: kvs.map(toKeyValue) };
      }),
    txn: (txn, deadlineMs = defaultDeadlineMs) =>
      call(deadlineMs, async (member, callOptions) => {
        const { header, succeeded, responses } = await member.kv.txn(toTxnRequest(txn), callOptions);
        return { revision: BigInt(header.revision), succeeded, results: responses.map(toTxnOperationResult) };
      }),
    leaseGrant: (ttlSeconds, deadlineMs = defaultDeadlineMs) =>
      call(deadlineMs, async (member, callOptions) => {
        const { ID, TTL } = await member.leaseClient.leaseGrant({ TTL: ttlSeconds }, callOptions);
        return { lease: BigInt(ID), ttlMs: Number(TTL) * 1000 };
      }),
    leaseKeepAlive: (lease, deadlineMs = defaultDeadlineMs) =>
      call(deadlineMs, async (member, callOptions) => ({
        ttlMs: Number((await keepAliveOnce(member, lease, callOptions)).TTL) * 1000,
      })),
    leaseRevoke: (lease, deadlineMs = defaultDeadlineMs) =>
      call(deadlineMs, async (member, callOptions) => {
        await member.leaseClient.leaseRevoke({ ID: lease.toString() }, callOptions);
      }),
    watch(options, handlers) {
      const watch = openWatch(
        {
          current: () => ({ member: current, client: (members[current] as Etcd3).watchClient }),
          leave: (index) => leave(index, 'a watch on this member was interrupted'),
          deadlineMs: defaultDeadlineMs,
        },
        options,
        handlers,
      );
      watches.add(watch);
      return () => {
        watches.delete(watch);
        watch.cancel();
      };
    },
    close() {
      for (const watch of watches) watch.cancel();
      watches.clear();
      for (const member of members) member.close();
    },
  };
}

async function keepAliveOnce(
  member: Etcd3,
  lease: bigint,
  options: { deadline: Date },
): Promise<ILeaseKeepAliveResponse> {
  const stream = await member.leaseClient.leaseKeepAlive(options);
  try {
    return await new Promise((resolve, reject) => {
      stream.on('data', resolve);
      stream.on('error', reject);
      stream.on('end', () => reject(new Error('the member ended the stream without an answer')));
      stream.write({ ID: lease.toString() });
    });
  } finally {
    stream.end();
  }
}

/** What one member says of itself (etcd's maintenance Status call). */
export interface MemberStatus {
  /** Whether it believes that it leads itself. */
  leads: boolean;
  raftTerm: bigint;
  /** Of the store. */
  revision: number;
  /** Committed entries of the Raft log. */
  raftIndex: number;
  /** Of the database file. */
  dbBytes: number;
}

/** Asks one member for its status, over and over if wanted; rejects after `deadlineMs` or when it cannot be reached. */
export function connectMaintenance(url: string): { status(deadlineMs: number): Promise<MemberStatus>; close(): void } {
  const member = new Etcd3({
    hosts: url,
    grpcOptions: GRPC_OPTIONS,
    faultHandling: { global: noop, host: () => noop },
  });
  return {
    async status(deadlineMs) {
      const deadline = new Date(wallClock().getTime() + deadlineMs);
      const { header, leader, raftTerm, raftIndex, dbSize } = await member.maintenance.status({ deadline });
      return {
        leads: leader === header.member_id,
        raftTerm: BigInt(raftTerm),
        revision: Number(header.revision),
        raftIndex: Number(raftIndex),
        dbBytes: Number(dbSize),
      };
    },
    close: () => member.close(),
  };
}

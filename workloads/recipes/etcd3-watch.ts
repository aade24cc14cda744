/**
 * A watch that outlives the connection it runs on: after any interruption it goes on from the revision after the last one
 * delivered, on whichever member is in use then. One gRPC stream a watch.
 *
 * The etcd3 package's own watcher is not used: it goes on from the revision in the response's header, which is ahead of
 * the events when the server had to catch up (etcd api/etcdserverpb, client/v3/watch.go: the next revision is the last
 * event's plus one), so that an interruption at that moment loses events; and it waits up to 30 s before it reconnects.
 */
import type { Etcd3, IEvent, IWatchCreateRequest, IWatchResponse } from 'etcd3';
import { keyRange, toKeyValue } from './etcd3-convert.js';
import type { WatchEvent, WatchHandlers, WatchOptions } from './ports.js';

type WatchClient = Etcd3['watchClient'];
type Stream = Awaited<ReturnType<WatchClient['watch']>>;
type Interceptor = NonNullable<NonNullable<Parameters<WatchClient['watch']>[0]>['interceptors']>[number];

/** What the watch needs of the adapter that owns the connections. */
export interface WatchConnections {
  current(): { member: number; client: WatchClient };
  /** The member did not serve; the next `current` may be another one. */
  leave(member: number): void;
  deadlineMs: number;
}

export interface ReconnectingWatch {
  cancel(): void;
  /** Reconnects if it runs on this member. */
  leave(member: number, reason: string): void;
}

/** Wait before another attempt, in ms. */
const RETRY_MS = 100;

/** Asks the member to end the stream when it sees no raft leader (etcd's `hasleader` metadata), instead of keeping silent. */
const requireLeader: Interceptor = (options, nextCall) => {
  const call = nextCall(options);
  const start = call.start.bind(call);
  call.start = (metadata, listener) => {
    metadata.set('hasleader', 'true');
    start(metadata, listener);
  };
  return call as ReturnType<Interceptor>;
};

export function openWatch(
  connections: WatchConnections,
  options: WatchOptions,
  handlers: WatchHandlers,
): ReconnectingWatch {
  let nextRevision = options.fromRevision;
  let cancelled = false;
  let attempt: { member: number; stream?: Stream; timer: NodeJS.Timeout } | undefined;
  let retryTimer: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const { member, client } = connections.current();
    const timer = setTimeout(() => interrupt('the watch was not confirmed in time', mine), connections.deadlineMs);
    const mine: NonNullable<typeof attempt> = { member, timer };
    attempt = mine;
    try {
      const stream = await client.watch({ interceptors: [requireLeader] });
      // Listeners stay on a stream that is given up, as an error without one would end the process.
      stream.on('error', (error) => interrupt(error.message, mine));
      stream.on('end', () => interrupt('the member ended the stream', mine));
      stream.on('data', (response) => receive(response, mine));
      if (attempt !== mine) return drop(stream);
      mine.stream = stream;
      stream.write({ create_request: request() });
    } catch (error) {
      interrupt(String(error), mine);
    }
  }

  function request(): IWatchCreateRequest {
    return {
      ...keyRange(options.key, options.prefix),
      prev_kv: true,
      ...(nextRevision === undefined ? {} : { start_revision: nextRevision.toString() }),
    };
  }

  function receive(response: IWatchResponse, mine: typeof attempt): void {
    if (attempt !== mine || mine === undefined) return;
    if (response.canceled) {
      const compacted = BigInt(response.compact_revision);
      if (compacted > 0n) {
        nextRevision = compacted;
        handlers.onCompacted(compacted);
      }
      return interrupt(response.cancel_reason || 'the member cancelled the watch', mine);
    }
    if (response.created) {
      clearTimeout(mine.timer);
      nextRevision ??= BigInt(response.header.revision) + 1n;
      handlers.onEstablished?.();
    }
    for (const event of response.events) {
      // A handler may cancel between two events of one response.
      if (cancelled) return;
      nextRevision = BigInt(event.kv.mod_revision) + 1n;
      handlers.onEvent(toWatchEvent(event));
    }
  }

  function interrupt(reason: string, mine: typeof attempt): void {
    if (attempt !== mine || mine === undefined) return;
    giveUp();
    handlers.onInterrupted?.(reason);
    connections.leave(mine.member);
    if (!cancelled) retryTimer = setTimeout(() => void connect(), RETRY_MS);
  }

  function giveUp(): void {
    const last = attempt;
    attempt = undefined;
    clearTimeout(last?.timer);
    clearTimeout(retryTimer);
    if (last?.stream !== undefined) drop(last.stream);
  }

  void connect();
  return {
    cancel() {
      cancelled = true;
      giveUp();
    },
    leave(member, reason) {
      if (attempt?.member === member) interrupt(reason, attempt);
    },
  };
}

/** Half-closed first: the etcd3 package takes the end of a writable stream for a failed member and resets its connections. */
function drop(stream: Stream): void {
  stream.end();
  stream.cancel();
}

function toWatchEvent(event: IEvent): WatchEvent {
  const known = event.type === 'Put' ? event.kv : (event.prev_kv as IEvent['prev_kv'] | null);
  return {
    type: event.type === 'Put' ? 'put' : 'delete',
    revision: BigInt(event.kv.mod_revision),
    key: event.kv.key.toString(),
    kv: known ? toKeyValue(known) : undefined,
  };
}

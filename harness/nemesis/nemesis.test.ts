import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FaultRecord, Receipt } from '../history/operation.js';
import { FAULT_KINDS, type FaultKind, type PlannedFault } from '../plan/plan.js';
import type { Fault, Injection } from './fault.js';
import { createLockQueue, type LockQueue } from './lock-queue.js';
import { createNemesis, FAULTS, type Nemesis } from './nemesis.js';
import { planned, RememberedClient, worldOf } from './testing/world.js';

const TTL = 1000;
const PROVEN: Receipt = { proven: true, evidence: {} };

describe('nemesis', () => {
  let clients: RememberedClient[];
  let recorded: { f: string; lane: number; value: FaultRecord }[];
  let injections: Injection[];
  let healed: string[];
  let queue: LockQueue;
  let leader: string | undefined;
  let heals: () => Promise<Receipt>;

  /** Carries nothing out: it holds clients up and remembers. */
  const remember: Pick<Fault, 'inject'> = {
    inject(injection) {
      injections.push(injection);
      for (const client of injection.clients) client.hold();
      return Promise.resolve({
        receipt: PROVEN,
        processes: injection.clients.map(({ process }) => process),
        async heal() {
          healed.push(injection.fault.id);
          for (const client of injection.clients) client.letGo();
          return heals();
        },
      });
    },
  };
  const carriers = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, remember])) as Record<
    FaultKind,
    typeof remember
  >;

  const start = (faults: PlannedFault[]): Nemesis => {
    const nemesis = createNemesis({
      faults,
      world: worldOf(clients, TTL, () => leader),
      queue,
      now: () => performance.now() * 1e6,
      record: (f, lane, value) => recorded.push({ f, lane, value }),
      carriers,
    });
    nemesis.start();
    return nemesis;
  };
  const client = (n: number): RememberedClient => clients[n] ?? expect.fail(`no client ${n}`);
  const hit = (): string[] => injections.map(({ fault }) => fault.id);
  const struck = (): number[] => injections.flatMap(({ clients: some }) => some.map(({ process }) => process));

  beforeEach(() => {
    vi.useFakeTimers();
    clients = [0, 1, 2, 3].map((slot) => new RememberedClient(slot));
    [recorded, injections, healed] = [[], [], []];
    queue = createLockQueue();
    leader = 'etcd2';
    heals = () => Promise.resolve(PROVEN);
  });
  afterEach(() => vi.useRealTimers());

  it('has a fault for every kind of the plan', () => {
    for (const kind of FAULT_KINDS) expect(FAULTS[kind].kind).toBe(kind);
  });

  it('hits the client that acquired before anything else can happen, and heals it after the duration', async () => {
    const nemesis = start([planned()]);
    nemesis.trigger('before-write', client(0));
    expect(struck()).toEqual([]);
    nemesis.trigger('acquired', client(1));
    expect(client(1).held).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(recorded).toMatchObject([
      { f: 'inject', lane: 0, value: { targets: ['client 1'], processes: [1], nodes: ['clients2'], receipt: PROVEN } },
    ]);
    expect(nemesis.inForce).toBe(1);
    await vi.advanceTimersByTimeAsync(2499);
    expect(recorded).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(recorded[1]).toMatchObject({ f: 'heal', value: { receipt: PROVEN } });
    expect(nemesis.inForce).toBe(0);
  });

  it('fires neither before its time nor within a TTL of the last one in the lane', async () => {
    const nemesis = start([planned({ atMs: 500 }), planned({ id: 'f1', atMs: 600 })]);
    nemesis.trigger('acquired', client(0));
    expect(hit()).toEqual([]);
    await vi.advanceTimersByTimeAsync(700);
    nemesis.trigger('acquired', client(0));
    nemesis.trigger('acquired', client(1));
    expect(struck()).toEqual([0]);
    await vi.advanceTimersByTimeAsync(TTL);
    nemesis.trigger('acquired', client(1));
    expect(struck()).toEqual([0, 1]);
  });

  it('leaves two clients of a lane unhurt', async () => {
    const nemesis = start([0, 1, 2].map((n) => planned({ id: `f${n}`, durationMs: 60_000 })));
    for (const each of clients) {
      await vi.advanceTimersByTimeAsync(TTL);
      nemesis.trigger('acquired', each);
    }
    expect(struck()).toEqual([0, 1]);
  });

  it('leaves one of two', async () => {
    clients = [0, 1].map((slot) => new RememberedClient(slot));
    const nemesis = start([0, 1].map((n) => planned({ id: `f${n}`, durationMs: 60_000 })));
    for (const each of clients) {
      await vi.advanceTimersByTimeAsync(TTL);
      nemesis.trigger('acquired', each);
    }
    expect(struck()).toEqual([0]);
  });

  it('hits a queueing client for `waiting`, and the drawn one for `time`', async () => {
    start([
      planned({ trigger: 'waiting', target: 'waiter', pick: 1 }),
      planned({ id: 'f1', trigger: 'time', target: 'random-client', atMs: 3000 }),
    ]);
    await vi.advanceTimersByTimeAsync(100);
    expect(hit()).toEqual([]);
    client(2).waiting = true;
    client(3).waiting = true;
    await vi.advanceTimersByTimeAsync(100);
    expect(struck()).toEqual([3]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(struck()).toEqual([3, 0]);
  });

  it('waits after `waiting` and `time` as long as it was asked to', async () => {
    client(1).waiting = true;
    start([
      planned({ trigger: 'waiting', target: 'waiter', delayMs: 500 }),
      planned({ id: 'f1', kind: 'freeze', trigger: 'time', target: 'leader', delayMs: 700 }),
    ]);
    await vi.advanceTimersByTimeAsync(490);
    expect(hit()).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(hit()).toEqual(['f0']);
    await vi.advanceTimersByTimeAsync(200);
    expect(hit()).toEqual(['f0', 'f1']);
  });

  it('lets a fault that nobody fills the role of stand behind no other', async () => {
    const nemesis = start([planned({ trigger: 'waiting', target: 'waiter' }), planned({ id: 'f1' })]);
    await vi.advanceTimersByTimeAsync(100);
    nemesis.trigger('acquired', client(0));
    expect(hit()).toEqual(['f1']);
  });

  it('waits for the role: a leader that is not known yet, a successor that does not queue yet', async () => {
    leader = undefined;
    start([
      planned({ trigger: 'time', target: 'leader', kind: 'kill' }),
      planned({ id: 'f1', trigger: 'time', target: 'next-in-queue' }),
    ]);
    await vi.advanceTimersByTimeAsync(100);
    expect(hit()).toEqual([]);
    leader = 'etcd3';
    await vi.advanceTimersByTimeAsync(100);
    expect(injections[0]?.nodes.map(({ name }) => name)).toEqual(['etcd3']);
    queue.opened(1, 'aa');
    queue.opened(2, 'bb');
    queue.see({ type: 'put', lane: 0, key: 'l/bb', createRevision: '9', lease: 'bb' });
    queue.see({ type: 'put', lane: 0, key: 'l/aa', createRevision: '10', lease: 'aa' });
    await vi.advanceTimersByTimeAsync(100);
    expect(struck()).toEqual([1]);
  });

  it('records faults on containers under no lane, the host of a holder included', async () => {
    const nemesis = start([planned({ kind: 'freeze', durationMs: 10 })]);
    nemesis.trigger('acquired', client(2));
    await vi.advanceTimersByTimeAsync(20);
    expect(recorded.map(({ f, lane, value }) => [f, lane, value.targets])).toEqual([
      ['inject', -1, ['clients3']],
      ['heal', -1, ['clients3']],
    ]);
  });

  it('sets off what follows another fault or an election, after its delay', async () => {
    const nemesis = start([
      planned({ kind: 'kill', target: 'follower', trigger: 'leader-changed', delayMs: 100 }),
      planned({ id: 'f1', kind: 'cpu', target: 'storage', trigger: 'after', after: 'f0', delayMs: 50 }),
    ]);
    nemesis.leaderChanged();
    nemesis.leaderChanged();
    await vi.advanceTimersByTimeAsync(99);
    expect(hit()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(hit()).toEqual(['f0']);
    await vi.advanceTimersByTimeAsync(50);
    expect(hit()).toEqual(['f0', 'f1']);
  });

  it('keeps a fault that wants to be alone back until the healing of the other has ended', async () => {
    let end: (receipt: Receipt) => void = () => undefined;
    heals = () => new Promise((resolve) => (end = resolve));
    const onNode = { kind: 'kill', target: 'follower', trigger: 'time', durationMs: 100, alone: true } as const;
    start([planned(onNode), planned({ ...onNode, id: 'f1', kind: 'cpu', target: 'leader', atMs: 10 })]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(hit()).toEqual(['f0']);
    end(PROVEN);
    await vi.advanceTimersByTimeAsync(100);
    expect(hit()).toEqual(['f0', 'f1']);
  });

  it('does one thing at a time to one program, but adds network faults up', async () => {
    const base = { target: 'leader', trigger: 'time', durationMs: 60_000 } as const;
    start([
      planned({ ...base, kind: 'kill' }),
      planned({ ...base, id: 'f1', kind: 'disk' }),
      planned({ ...base, id: 'f2', kind: 'loss' }),
      planned({ ...base, id: 'f3', kind: 'partition' }),
    ]);
    await vi.advanceTimersByTimeAsync(200);
    expect(hit()).toEqual(['f0', 'f2', 'f3']);
  });

  it('keeps rules and a frozen client host apart, which holds an agent, but not rules and a frozen member', async () => {
    const base = { trigger: 'time', durationMs: 500 } as const;
    start([
      planned({ ...base, kind: 'freeze', target: 'clients1' }),
      planned({ ...base, id: 'f1', kind: 'freeze', target: 'leader' }),
      planned({ ...base, id: 'f2', kind: 'loss', target: 'storage' }),
    ]);
    await vi.advanceTimersByTimeAsync(400);
    expect(hit()).toEqual(['f0', 'f1']);
    await vi.advanceTimersByTimeAsync(300);
    expect(hit()).toEqual(['f0', 'f1', 'f2']);
  });

  it('takes a host for one thing, whoever on it is meant', async () => {
    const base = { kind: 'cpu', trigger: 'time', durationMs: 60_000, target: 'holder' } as const;
    client(0).holding = true;
    const nemesis = start([planned(base), planned({ ...base, id: 'f1', trigger: 'acquired' })]);
    await vi.advanceTimersByTimeAsync(50);
    expect(injections[0]?.nodes.map(({ name }) => name)).toEqual(['clients1']);
    client(0).letGo();
    // Client 3 runs on the same host.
    nemesis.trigger('acquired', client(3));
    expect(hit()).toEqual(['f0']);
    nemesis.trigger('acquired', client(1));
    expect(hit()).toEqual(['f0', 'f1']);
  });

  it('gives a fault whose holder has released the lock meanwhile to the next one', async () => {
    const nemesis = start([planned({ durationMs: 200 }), planned({ id: 'f1', delayMs: 50, atMs: 10 })]);
    nemesis.trigger('acquired', client(0));
    await vi.advanceTimersByTimeAsync(20);
    client(1).holding = true;
    nemesis.trigger('acquired', client(1));
    await vi.advanceTimersByTimeAsync(100);
    // Too early in the lane; then it holds no more.
    client(1).holding = false;
    await vi.advanceTimersByTimeAsync(2 * TTL);
    expect(hit()).toEqual(['f0']);
    client(2).holding = true;
    nemesis.trigger('acquired', client(2));
    await vi.advanceTimersByTimeAsync(100);
    expect(struck()).toEqual([0, 2]);
  });

  it('heals everything at the end, twice over if asked, and injects nothing after', async () => {
    const nemesis = start([planned({ durationMs: 60_000 }), planned({ id: 'f1' }), planned({ id: 'f2', delayMs: 10 })]);
    nemesis.trigger('acquired', client(0));
    await Promise.all([nemesis.finalHeal(), nemesis.finalHeal()]);
    expect(recorded.map(({ f }) => f)).toEqual(['inject', 'heal']);
    await vi.advanceTimersByTimeAsync(5000);
    nemesis.trigger('acquired', client(1));
    expect(hit()).toEqual(['f0']);
    expect(healed).toEqual(['f0']);
    expect(clients.every((each) => each.isRunning())).toBe(true);
  });

  it('goes on without a heal that does not end, and says so', async () => {
    heals = () => new Promise(() => undefined);
    const nemesis = start([planned({ durationMs: 60_000 })]);
    nemesis.trigger('acquired', client(0));
    const over = nemesis.finalHeal();
    await vi.advanceTimersByTimeAsync(300_000);
    await over;
    expect(recorded[1]).toMatchObject({ f: 'heal', value: { receipt: { proven: false } } });
  });
});

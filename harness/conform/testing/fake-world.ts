/** The checks' world in memory, with leases that live 300 ms, and a client in it that can be made to err in every way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../../history/decision.js';
import { monotonicMs } from '../../history/clock.js';
import { MAX_LINE } from '../../history/lines.js';
import type { ProgramEvents, World } from '../world.js';

type Fields = Record<string, unknown>;

/** What is wrong with a client. */
export interface Flaws {
  /** Changes an answer on its way out; undefined: it is never given. */
  answer?: (request: Fields, answer: Fields) => Fields | undefined;
  diesOnGarbage?: boolean;
  takesChunksForLines?: boolean;
  longest?: number;
  diesOnLongLines?: boolean;
  staysAfterStdin?: boolean;
  locksAtOnce?: boolean;
  keepsItsLease?: boolean;
  neverKeepsAlive?: boolean;
  sendsTwice?: boolean;
  dropsRegister?: boolean;
  saysLost?: 'never' | 'twice' | 'early' | 'after-release';
  discipline?: 'ignore' | 'stop';
  believesInQueue?: boolean;
  prints?: string;
}

const TTL_MS = 300;
const TICK_MS = 20;
const REFUSING = 'http://refusing';
const SILENT = 'http://silent';

class FakeEtcd {
  revision = 1;
  readonly leases = new Map<string, number>();
  readonly keys = new Map<string, { createRevision: number; lease: string }>();
  readonly log: Decision[] = [];
  private readonly highest = new Map<string, bigint>();

  grant(): string {
    const lease = (0x1000 + ++this.revision).toString(16);
    this.leases.set(lease, monotonicMs() + TTL_MS);
    return lease;
  }

  renew(lease: string): boolean {
    this.expire();
    if (!this.leases.has(lease)) return false;
    this.leases.set(lease, monotonicMs() + TTL_MS);
    return true;
  }

  revoke(lease: string): void {
    this.leases.delete(lease);
    this.expire();
  }

  expire(): void {
    for (const [lease, until] of this.leases) if (until < monotonicMs()) this.leases.delete(lease);
    for (const [key, { lease }] of this.keys) if (!this.leases.has(lease)) this.keys.delete(key);
  }

  decide(f: 'read' | 'write', { op, process, key, token, value, register }: Fields): Decision {
    const name = key as string;
    const before = this.highest.get(name) ?? 0n;
    const mine = BigInt(token as string);
    const checked = f === 'write' || register === true;
    const accepted = !checked || mine >= before;
    if (checked && accepted) this.highest.set(name, mine);
    const last = this.log.findLast((one) => one.key === name && one.f === 'write' && one.verdict === 'accepted');
    const decision: Decision = {
      ...{
        seq: this.log.length + 1,
        op: op as number,
        process: process as number,
        f,
        key: name,
        token: token as string,
      },
      value: f === 'write' ? value : (last?.value ?? null),
      verdict: accepted ? 'accepted' : 'refused',
      highest: String(this.highest.get(name) ?? 0n),
    };
    this.log.push(decision);
    return decision;
  }
}

interface Session {
  lease: string;
  options: Fields;
  goodUntil: number;
  lost: boolean;
}

class FakeClient {
  private rest = '';
  private readonly kept: (() => void)[] = [];
  private paused = false;
  private ended = false;
  private session: Session | undefined;
  private hold: { key: string; token: string; id: number } | undefined;
  /** Says lost for this acquire. */
  private tells: number | undefined;
  private underWay = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly etcd: FakeEtcd,
    private readonly events: ProgramEvents,
    private readonly flaws: Flaws,
  ) {
    this.timer = setInterval(() => this.tick(), TICK_MS);
    if (flaws.prints !== undefined) setTimeout(() => events.onLine(flaws.prints ?? ''), 1);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.tick();
    for (const run of this.kept.splice(0)) run();
  }

  end(how: string): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.timer);
    setImmediate(() => this.events.onExit(how));
  }

  receive(text: string, as: 'line' | 'part' | 'end'): void {
    if (this.paused) return void this.kept.push(() => this.receive(text, as));
    if (this.ended) return;
    if (as === 'end') {
      if (this.flaws.staysAfterStdin === true) return;
      if (this.session !== undefined && this.flaws.keepsItsLease !== true) this.etcd.revoke(this.session.lease);
      return this.end('exit code 0');
    }
    const all = this.rest + text;
    if (as === 'part' && this.flaws.takesChunksForLines !== true) return void (this.rest = all);
    this.rest = '';
    if (all.length > MAX_LINE && this.flaws.diesOnLongLines === true) return this.end('exit code 1');
    if (all.length > (this.flaws.longest ?? MAX_LINE)) return this.events.onStderr('too long');
    this.line(all);
  }

  private line(text: string): void {
    let request: Fields | undefined;
    try {
      request = JSON.parse(text) as Fields;
    } catch {
      if (this.flaws.diesOnGarbage === true) return this.end('exit code 1');
    }
    if (typeof request?.['id'] !== 'number') return this.events.onStderr('not a request');
    const asked = request;
    void this.carryOut(asked).then((answer) => {
      if (
        ['open', 'acquire', 'read', 'write', 'check', 'release'].includes(String(asked['f'])) &&
        answer['busy'] !== true
      )
        this.underWay = false;
      delete answer['busy'];
      const changed = this.flaws.answer === undefined ? answer : this.flaws.answer(asked, answer);
      const early = this.flaws.saysLost === 'early' && asked['f'] === 'acquire';
      if (early) this.events.onLine(JSON.stringify({ event: 'lost', hold: asked['id'], reason: 'early' }));
      if (changed !== undefined && !this.ended) this.events.onLine(JSON.stringify({ id: asked['id'], ...changed }));
      if (asked['f'] === 'acquire' && answer['type'] === 'ok') this.tells = asked['id'] as number;
    });
  }

  private async carryOut(request: Fields): Promise<Fields> {
    const f = String(request['f']);
    const fail = (error: string): Fields => ({ type: 'fail', error });
    if (f === 'hello')
      return request['version'] === 1 ? ok({ value: { version: 1, name: 'fake' } }) : fail('unsupported');
    if (f === 'clock') return ok({ value: { wallMs: 1, monotonicNs: String(Math.round(monotonicMs() * 1e6)) } });
    if (f === 'stall') return ok({ value: { delayMs: request['ms'], gcMs: 0 } });
    const exclusive = ['open', 'acquire', 'read', 'write', 'check', 'release'].includes(f);
    if (exclusive && this.underWay) return { ...fail('bad-request'), busy: true };
    if (exclusive) this.underWay = true;
    if (f === 'open') return this.open(request);
    if (f === 'acquire' && typeof request['lock'] !== 'string') return fail('bad-request');
    if (!exclusive && f !== 'close' && f !== 'keep-alive') return fail('unsupported');
    const { session } = this;
    if (session === undefined) return fail('not-open');
    if (f === 'close') {
      this.session = this.hold = this.tells = undefined;
      if (this.flaws.keepsItsLease !== true) this.etcd.revoke(session.lease);
      return ok();
    }
    if (f === 'keep-alive') {
      if (!this.renew(session)) return fail('lease-not-found');
      return ok({ value: { ttlMs: TTL_MS, lease: session.lease } });
    }
    if (f === 'acquire') return this.acquire(session, request);
    const { hold } = this;
    if (hold === undefined) return fail('not-held');
    this.etcd.expire();
    const there = String(this.etcd.keys.get(hold.key)?.createRevision) === hold.token;
    if (f === 'check') return there ? ok() : fail('lock-lost');
    if (f === 'release') {
      this.hold = undefined;
      if (this.flaws.saysLost !== 'after-release') this.tells = undefined;
      this.etcd.keys.delete(hold.key);
      return ok({ value: { deleted: there } });
    }
    return this.access(f === 'read' ? 'read' : 'write', session, hold.token, request);
  }

  private async open(options: Fields): Promise<Fields> {
    if (!Array.isArray(options['etcd'])) return { type: 'fail', error: 'bad-request' };
    if (this.session !== undefined && !this.session.lost) return { type: 'fail', error: 'bad-request' };
    if (options['etcd'][0] === REFUSING) return { type: 'fail', error: 'connection-refused' };
    const lease = this.etcd.grant();
    this.hold = undefined;
    this.session = { lease, options, goodUntil: monotonicMs() + TTL_MS, lost: false };
    return ok({ value: { ttlMs: TTL_MS, lease } });
  }

  private async acquire(session: Session, { lock, id }: Fields): Promise<Fields> {
    if (this.hold !== undefined && !session.lost) return { type: 'fail', error: 'bad-request' };
    const key = `${String(lock)}/${session.lease}`;
    const token = ++this.etcd.revision;
    this.etcd.keys.set(key, { createRevision: token, lease: session.lease });
    const before = (): boolean => {
      this.etcd.expire();
      const keys = [...this.etcd.keys].filter(([name]) => name.startsWith(`${String(lock)}/`));
      return keys.some(([, { createRevision }]) => createRevision < token);
    };
    while (this.flaws.locksAtOnce !== true && (this.paused || before())) {
      if (!this.paused && (this.session !== session || session.lost)) break;
      await sleep(TICK_MS / 4);
    }
    this.etcd.expire();
    const believes = this.flaws.believesInQueue === true && this.session === session;
    if (!believes && (this.session !== session || !this.etcd.keys.has(key)))
      return { type: 'info', error: 'session-expired' };
    this.hold = { key, token: String(token), id: id as number };
    return ok({ token: String(token) });
  }

  private async access(f: 'read' | 'write', session: Session, token: string, request: Fields): Promise<Fields> {
    const { onLoss, storage, deadlineMs } = session.options;
    if ((this.flaws.discipline ?? onLoss) === 'stop' && session.lost) return { type: 'fail', error: 'lock-lost' };
    if (storage === REFUSING) return { type: 'fail', error: 'connection-refused' };
    if (storage === SILENT) {
      await sleep(deadlineMs as number);
      return { type: 'info', error: 'timeout' };
    }
    const { register, ...others } = request;
    const asked = { ...others, token, ...(this.flaws.dropsRegister === true ? {} : { register }) };
    if (this.flaws.sendsTwice === true) this.etcd.decide(f, asked);
    const { verdict, value } = this.etcd.decide(f, asked);
    if (verdict === 'refused') return { type: 'fail', error: 'fenced' };
    return ok({ token, ...(f === 'read' ? { value } : {}) });
  }

  private renew(session: Session): boolean {
    if (!this.etcd.renew(session.lease)) {
      this.lose(session);
      return false;
    }
    session.goodUntil = monotonicMs() + TTL_MS;
    return true;
  }

  private lose(session: Session): void {
    session.lost = true;
    const { tells } = this;
    this.tells = undefined;
    if (tells === undefined || this.flaws.saysLost === 'never') return;
    const line = JSON.stringify({ event: 'lost', hold: tells, reason: 'lease-not-found' });
    this.events.onLine(line);
    if (this.flaws.saysLost === 'twice') this.events.onLine(line);
  }

  private tick(): void {
    const { session } = this;
    if (this.paused || session === undefined || session.lost) return;
    const byItself = session.options['keepAlive'] !== 'controller' && this.flaws.neverKeepsAlive !== true;
    if (byItself) this.renew(session);
    else if (session.goodUntil < monotonicMs()) this.lose(session);
  }
}

function ok(fields: Fields = {}): Fields {
  return { type: 'ok', ...fields };
}

/** A world in which every client has these flaws. */
export function fakeWorld(flaws: Flaws): World {
  const etcd = new FakeEtcd();
  return {
    etcd: ['http://etcd'],
    storage: 'http://storage',
    refusing: REFUSING,
    silent: SILENT,
    recipe: 'any',
    patienceMs: 3000,
    start: async (_, events) => {
      const client = new FakeClient(etcd, events, flaws);
      return {
        send: (text, as = 'line') => client.receive(text, as),
        pause: async () => client.pause(),
        resume: async () => client.resume(),
        kill: async () => client.end('SIGKILL'),
      };
    },
    async keysOf(lock) {
      etcd.expire();
      const found = [...etcd.keys].filter(([key]) => key === lock || key.startsWith(`${lock}/`));
      return found.map(([key, { createRevision }]) => ({ key, createRevision: String(createRevision) }));
    },
    deleteKey: async (key) => void etcd.keys.delete(key),
    async grantedTtlMs(lease) {
      etcd.expire();
      return etcd.leases.has(lease) ? TTL_MS : undefined;
    },
    decisions: async () => structuredClone(etcd.log),
  };
}

/**
 * The configurations that a search has reached, as records of 32-bit words in one growing array, and which of them make others
 * needless.
 *
 * A configuration waits for the return of an operation (its event) and knows the state, which open operations are done, which of
 * them are used, and how many of each crashed class are used. Of two at the same event and state, the one in which all are done
 * that are done in the other, with no more of them used, can do whatever the other can: it dominates. That it used more of one class
 * does no harm if it used fewer by as many of another one that can stand in for it: each time the other goes on with what it has
 * no more of, it goes on with what it saved, which was called before this event.
 */

const KEY = 0;
const PARENT = 1;
const MOVE = 2;
const LINK = 3;
/** From here on it is the configuration: state, done, used, counts. */
export const STATE = 4;

const NONE = -1;
/** In LINK: another configuration dominates this one. */
const DOMINATED = -2;
const FIRST_NODES = 64;
const FIRST_HEADS = 128;

export class Nodes {
  count = 0;
  readonly stride: number;
  readonly body: number;
  private memory: Int32Array;
  private heads: Int32Array;
  private keys = 0;

  constructor(
    readonly words: number,
    /** By count: of how many of the following ones it can stand in. */
    private readonly standsInFor: Int32Array,
    readonly room: number,
  ) {
    this.body = 1 + 2 * words + standsInFor.length;
    this.stride = STATE + this.body;
    // Where there are many counts, even the first ones may be too many for the room.
    const most = Math.floor(room / 4) - FIRST_HEADS;
    this.memory = new Int32Array(Math.max(0, Math.min(this.stride * FIRST_NODES, most)));
    this.heads = new Int32Array(FIRST_HEADS).fill(NONE);
  }

  get bytes(): number {
    return (this.memory.length + this.heads.length) * 4;
  }

  key(node: number): number {
    return this.memory[node * this.stride + KEY] as number;
  }

  parent(node: number): number {
    return this.memory[node * this.stride + PARENT] as number;
  }

  move(node: number): number {
    return this.memory[node * this.stride + MOVE] as number;
  }

  isDominated(node: number): boolean {
    return this.memory[node * this.stride + LINK] === DOMINATED;
  }

  /** Copies the configuration. */
  read(node: number, into: Int32Array): void {
    const from = node * this.stride + STATE;
    for (let n = 0; n < this.body; n++) into[n] = this.memory[from + n] as number;
  }

  /** The new node's number; -1 if one that is there dominates it; -2 if there is no room. */
  add(key: number, parent: number, move: number, configuration: Int32Array): number {
    if ((this.count + 1) * this.stride > this.memory.length && !this.grow()) return -2;
    if (this.keys * 2 > this.heads.length && !this.growHeads()) return -2;
    const { memory, stride, heads } = this;
    const head = this.headOf(key, configuration[0] as number);
    let before = NONE;
    let node = heads[head] as number;
    if (node === NONE) this.keys++;
    while (node !== NONE) {
      const at = node * stride;
      const next = memory[at + LINK] as number;
      const order = this.compare(at + STATE, configuration);
      if (order <= 0) return -1;
      if (order === 2) {
        memory[at + LINK] = DOMINATED;
        if (before === NONE) heads[head] = next;
        else memory[before * stride + LINK] = next;
      } else {
        before = node;
      }
      node = next;
    }
    const added = this.count++;
    const at = added * stride;
    memory[at + KEY] = key;
    memory[at + PARENT] = parent;
    memory[at + MOVE] = move;
    memory[at + LINK] = heads[head] as number;
    for (let n = 0; n < this.body; n++) memory[at + STATE + n] = configuration[n] as number;
    heads[head] = added;
    return added;
  }

  /** 0 or less if the one that is there dominates (or is the same), 2 if it is dominated, 1 otherwise. */
  private compare(there: number, configuration: Int32Array): number {
    const { memory, words, body, standsInFor } = this;
    let dominates = true;
    let dominated = true;
    for (let n = 1; n <= words; n++) {
      const old = memory[there + n] as number;
      const now = configuration[n] as number;
      if ((now & ~old) !== 0) dominates = false;
      if ((old & ~now) !== 0) dominated = false;
    }
    if (!dominates && !dominated) return 1;
    for (let n = words + 1; n <= 2 * words; n++) {
      const old = memory[there + n] as number;
      const now = configuration[n] as number;
      if ((old & ~now) !== 0) dominates = false;
      if ((now & ~old) !== 0) dominated = false;
    }
    const first = 2 * words + 1;
    for (let n = first; n < body; ) {
      let old = memory[there + n] as number;
      let now = configuration[n] as number;
      const [used, usedNow] = [old, now];
      for (let followers = standsInFor[n - first] as number; followers > 0; followers--) {
        n++;
        const more = (memory[there + n] as number) - (configuration[n] as number);
        if (more > 0) old += more;
        else now -= more;
      }
      n++;
      if (old > usedNow) dominates = false;
      if (now > used) dominated = false;
      if (!dominates && !dominated) return 1;
    }
    return dominates ? 0 : dominated ? 2 : 1;
  }

  /** Place of the list of nodes with this key and state; it is empty, or its first one has them. */
  private headOf(key: number, state: number): number {
    const mask = this.heads.length - 1;
    let at = hash(key, state) & mask;
    for (;;) {
      const node = this.heads[at] as number;
      if (node === NONE) return at;
      const base = node * this.stride;
      if (this.memory[base + KEY] === key && this.memory[base + STATE] === state) return at;
      at = (at + 1) & mask;
    }
  }

  private grow(): boolean {
    const most = Math.floor((this.room - this.heads.length * 4) / 4);
    const size = Math.min(this.memory.length * 2, most);
    if (size < (this.count + 1) * this.stride) return false;
    const memory = new Int32Array(size);
    memory.set(this.memory);
    this.memory = memory;
    return true;
  }

  private growHeads(): boolean {
    const old = this.heads;
    if ((this.memory.length + old.length * 2) * 4 > this.room) return false;
    this.heads = new Int32Array(old.length * 2).fill(NONE);
    for (const node of old) {
      if (node !== NONE)
        this.heads[this.headOf(this.key(node), this.memory[node * this.stride + STATE] as number)] = node;
    }
    return true;
  }
}

function hash(key: number, state: number): number {
  let h = Math.imul(key, 0x9e3779b1) ^ Math.imul(state + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

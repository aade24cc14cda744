/**
 * A correct object that is executed one small step at a time, as a list of numbers says: any interleaving of calls, effects and
 * answers can come out, with clients that lose track of an operation (which takes effect before, later, or never) and go on, or
 * die. What it returns is linearizable by construction: the effects are its order. For tests; not part of the program.
 */
import {
  ACQUIRE,
  ADD,
  APPEND,
  CAS,
  INDETERMINATE,
  MISMATCHED,
  type Model,
  NEVER,
  NIL,
  OK,
  type Operations,
  READ,
  RELEASE,
  UNKNOWN_VALUE,
  WRITE,
} from '../operations.js';
import { type Draft, operationsOf } from './drafts.js';

export interface ExecutionOptions {
  clients: number;
  objects: number;
  /** Different values to draw from, or every written value (and appended or added element) a new one. */
  values: number | 'unique';
  /** Operations of a hundred whose client loses track. */
  lossy: number;
  /** One number a step, 0 to 2^30. An operation takes about three steps. */
  choices: readonly number[];
}

/** An operation that was invoked; `answer` is there once it took effect. */
interface Open {
  draft: Draft;
  answer?: Pick<Draft, 'a' | 'list' | 'outcome'>;
}

interface Client {
  process: number;
  open: Open | undefined;
  /** What it last saw of each object: what its next CAS expects. */
  seen: number[];
}

interface Thing {
  /** Value or text code of a register or key. */
  value: number;
  elements: number[];
  owner: number | undefined;
  holds: number;
}

export function execute(model: Model, options: ExecutionOptions): Operations {
  const { clients, objects, values, lossy, choices } = options;
  const things = Array.from({ length: objects }, newThing);
  const all = Array.from({ length: clients }, (_, process) => newClient(process, objects));
  const strays: Open[] = [];
  const drafts: Draft[] = [];
  const texts: unknown[] = [null];
  const tokens: number[] = [];
  let time = 0;
  let processes = clients;
  let written = 0;
  let lastToken = 0;

  const codeOf = (text: string) => (texts.includes(text) ? texts.indexOf(text) : texts.push(text) - 1);

  function newValue(dice: number): number {
    const value = values === 'unique' ? ++written : dice % values;
    // A key's values are strings, with a mark at the end so that no two concatenations are the same by chance.
    return model === 'kv' ? codeOf(`${value}.`) : value + (values === 'unique' ? 0 : 1);
  }

  function invoke(client: Client, dice: number): void {
    const object = dice % objects;
    const kind = Math.floor(dice / objects) % 100;
    const more = Math.floor(dice / objects / 100);
    const thing = things[object] as Thing;
    const draft: Draft = { process: client.process, f: READ, call: time, ret: NEVER, object, a: UNKNOWN_VALUE };
    if (model === 'register') {
      if (kind < 50) Object.assign(draft, { f: WRITE, a: newValue(more) });
    } else if (model === 'cas-register') {
      const expected = more % 3 === 0 && values !== 'unique' ? newValue(more >> 4) : (client.seen[object] as number);
      if (kind < 25) Object.assign(draft, { f: WRITE, a: newValue(more) });
      else if (kind < 65) Object.assign(draft, { f: CAS, a: expected, b: newValue(more >> 2) });
    } else if (model === 'kv') {
      if (kind < 60) Object.assign(draft, { f: kind < 35 ? WRITE : APPEND, a: newValue(more) });
    } else if (model === 'append' || model === 'set') {
      if (kind < 60) Object.assign(draft, { f: model === 'set' ? ADD : APPEND, a: newValue(more) });
    } else {
      // Of a mutex without owner anybody releases what is held; else who holds it, or just lost track and tries.
      const mayRelease = model === 'mutex' ? thing.owner !== undefined : thing.owner === client.process || kind < 5;
      const reenters = model === 'reentrant-mutex' && thing.holds < 3 && kind % 2 === 0;
      Object.assign(draft, { f: mayRelease && !reenters ? RELEASE : ACQUIRE, a: NIL });
    }
    drafts.push(draft);
    client.open = { draft };
  }

  /** Nothing happens if it has to wait, as an acquire of a lock that is held. */
  function takeEffect(open: Open, dice: number): void {
    const { f, a = NIL, b = NIL, object = 0, process } = open.draft;
    const thing = things[object] as Thing;
    if (f === READ) {
      const isList = model === 'append' || model === 'set';
      const seen = isList ? { list: [...thing.elements] } : { a: thing.value };
      open.answer = dice % 16 === 0 ? { a: UNKNOWN_VALUE } : seen;
    } else if (f === CAS) {
      open.answer = { outcome: thing.value === a ? OK : MISMATCHED };
      if (thing.value === a) thing.value = b;
    } else if (f === WRITE) {
      thing.value = a;
      open.answer = {};
    } else if (f === APPEND && model === 'kv') {
      const text = thing.value === NIL ? '' : (texts[thing.value] as string);
      thing.value = codeOf(`${text}${texts[a] as string}`);
      open.answer = {};
    } else if (f === APPEND || f === ADD) {
      if (f === APPEND || !thing.elements.includes(a)) thing.elements.push(a);
      open.answer = {};
    } else if (f === ACQUIRE) {
      const again = model === 'reentrant-mutex' && thing.owner === process;
      if (thing.owner !== undefined && !again) return;
      thing.owner = process;
      thing.holds++;
      lastToken += 1 + (dice % 2);
      open.answer = model === 'fenced-mutex' && dice % 8 > 0 ? { a: lastToken } : {};
    } else if (f === RELEASE && thing.owner !== undefined && (model === 'mutex' || thing.owner === process)) {
      thing.holds--;
      if (thing.holds === 0) thing.owner = undefined;
      open.answer = {};
    }
  }

  function answer(client: Client, { draft, answer: given }: Open): void {
    Object.assign(draft, given, { ret: time });
    client.open = undefined;
    const object = draft.object ?? 0;
    if (draft.outcome === MISMATCHED) return;
    if (draft.f === READ && draft.a !== UNKNOWN_VALUE) client.seen[object] = draft.a ?? NIL;
    if (draft.f === WRITE) client.seen[object] = draft.a ?? NIL;
    if (draft.f === CAS) client.seen[object] = draft.b ?? NIL;
  }

  /** The operation is left to itself; the client goes on as it was, or as a new process. */
  function loseTrack(client: Client, open: Open, dice: number): void {
    lose(open, dice);
    if (open.answer === undefined && dice % 4 > 0) strays.push(open);
    client.open = undefined;
    if (dice % 3 > 0) client.process = processes++;
  }

  function lose(open: Open, dice: number): void {
    open.draft.outcome = INDETERMINATE;
    // Somebody may have seen the token all the same.
    if (open.draft.f === ACQUIRE && open.answer?.a !== undefined && dice % 2 === 0) open.draft.a = open.answer.a;
  }

  for (const choice of choices) {
    time++;
    const dice = Math.floor(choice / 1024);
    if (choice % 1024 < 60 && strays.length > 0) {
      const [stray] = strays.splice(dice % strays.length, 1) as [Open];
      takeEffect(stray, dice);
      continue;
    }
    const client = all[choice % clients] as Client;
    const { open } = client;
    if (open === undefined) invoke(client, dice);
    else if (dice % 300 < lossy) loseTrack(client, open, dice);
    else if (open.answer === undefined) takeEffect(open, Math.floor(dice / 300));
    else answer(client, open);
  }
  for (const { open } of all) if (open !== undefined) lose(open, time);

  for (const { f, a = NIL } of drafts) if (f === ACQUIRE && a !== NIL) tokens.push(a);
  tokens.sort((x, y) => x - y);
  for (const draft of drafts) {
    if (draft.f === ACQUIRE && (draft.a ?? NIL) !== NIL) draft.a = tokens.indexOf(draft.a as number) + 1;
  }
  return operationsOf(drafts, model === 'kv' ? texts : []);
}

const newThing = (): Thing => ({ value: NIL, elements: [], owner: undefined, holds: 0 });

const newClient = (process: number, objects: number): Client => ({
  process,
  open: undefined,
  seen: new Array<number>(objects).fill(NIL),
});

/**
 * The mutexes for the search. The state is who holds it: without owners 0 or 1, with owners 0 or one more than the owner's
 * number; of a reentrant one also how often; of a fenced one also the highest token that was given out. Of these two there are
 * more states than small numbers in a long history, so that those which come up are numbered.
 */
import { ACQUIRE, type Model, NIL, type Operations, RELEASE } from '../operations.js';
import { type Classified, IMPOSSIBLE, Numbering, PARTIAL } from './automaton.js';

export function mutexes(operations: Operations, rows: Int32Array, model: Model): Classified | undefined {
  const { f, a, process } = operations;
  const owners = new Numbering();
  const tokens = new Numbering();
  tokens.of(NIL);
  const classes = new Numbering();
  const width = rows.length + 2;
  const classOf = new Int32Array(rows.length);
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n] as number;
    if (f[row] !== ACQUIRE && f[row] !== RELEASE) return undefined;
    const owner = model === 'mutex' ? 0 : owners.of(process[row] as number);
    const token = model === 'fenced-mutex' && f[row] === ACQUIRE ? tokens.of(a[row] as number) : 0;
    classOf[n] = classes.of((token * width + owner) * 2 + (f[row] === ACQUIRE ? 1 : 0));
  }
  const acquires = Uint8Array.from(classes.keys, (key) => key % 2);
  const ownerOf = Int32Array.from(classes.keys, (key) => 1 + (Math.floor(key / 2) % width));
  const tokenOf = Int32Array.from(classes.keys, (key) => tokens.keys[Math.floor(key / 2 / width)] as number);
  const parties = owners.keys.length + 1;
  const states = new Numbering();
  states.of(0);
  const meaning = (state: number) => states.keys[state] as number;
  const maker = { 'reentrant-mutex': reentrant, 'fenced-mutex': fenced }[model as string] ?? plain;

  /** States are `owner`, 0 if free. */
  function plain(state: number, c: number): number {
    if (acquires[c] === 1) return state === 0 ? (ownerOf[c] as number) : IMPOSSIBLE;
    return state === ownerOf[c] ? 0 : IMPOSSIBLE;
  }

  /** States stand for `(nesting - 1) * parties + owner`, 0 if free. */
  function reentrant(state: number, c: number): number {
    const held = meaning(state);
    const isMine = held % parties === ownerOf[c];
    if (acquires[c] === 1) {
      if (held === 0) return states.of(ownerOf[c] as number);
      return isMine ? states.of(held + parties) : IMPOSSIBLE;
    }
    if (!isMine) return IMPOSSIBLE;
    return held < parties ? 0 : states.of(held - parties);
  }

  /** States stand for `highest token * parties + owner`, owner 0 if free. */
  function fenced(state: number, c: number): number {
    const held = meaning(state);
    const owner = ownerOf[c] as number;
    if (acquires[c] === 0) return held % parties === owner ? states.of(held - owner) : IMPOSSIBLE;
    if (held % parties !== 0 || isTooLow(state, c)) return IMPOSSIBLE;
    return states.of((tokenOf[c] === NIL ? held : (tokenOf[c] as number) * parties) + owner);
  }

  const isTooLow = (state: number, c: number) =>
    tokenOf[c] !== NIL && (tokenOf[c] as number) <= Math.floor(meaning(state) / parties);

  return {
    classOf,
    automaton: {
      initial: 0,
      classes: classes.keys.length,
      kind: new Uint8Array(classes.keys.length).fill(PARTIAL),
      step: maker,
      isUnbounded: model === 'reentrant-mutex',
      ...(model === 'fenced-mutex' ? { hopeless: isTooLow } : {}),
    },
  };
}

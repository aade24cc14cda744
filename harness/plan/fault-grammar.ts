/**
 * Faults on the command line: `kind(:option)*(@target)?`, separated by commas, `none` for none. An option is `name=value`
 * or a word that only one of the kind's options knows, such as the shape in `partition:isolate-leader`.
 */
import { type FaultSpec, type Field, fieldsOf, invalid, type ReadFault, readFault } from './fault-spec.js';

export function parseFault(text: string): ReadFault {
  const [said = '', target, ...rest] = text.split('@');
  if (target === '') return invalid(`"${text}": nothing follows the @, which names a target such as @holder`);
  if (rest.length > 0) return invalid(`"${text}": more than one @; a fault has one target`);
  if (target?.includes(':') === true)
    return invalid(`"${text}": options come before the target, as in kind:option@target`);
  const [kind = '', ...options] = said.split(':');
  const fields: Field[] = [];
  for (const option of options) {
    const at = option.indexOf('=');
    if (option === '' || at === 0 || at === option.length - 1)
      return invalid(`"${text}": "${option}" is no option; an option is name=value or a word`);
    fields.push(at < 0 ? { value: option } : { name: option.slice(0, at), value: option.slice(at + 1) });
  }
  return readFault(kind, target, fields);
}

/** `none`, one, or several; the same said twice counts once. */
export function parseFaults(
  text: string,
): { kind: 'faults'; faults: FaultSpec[] } | { kind: 'invalid'; message: string } {
  const words = text.split(',').map((word) => word.trim());
  if (words.length === 1 && words[0] === 'none') return { kind: 'faults', faults: [] };
  const faults: FaultSpec[] = [];
  for (const word of words) {
    if (word === '') return invalid(`"${text}" has nothing between two commas; --faults none turns faults off`);
    if (word === 'none') return invalid('"none" stands alone: --faults none');
    const read = parseFault(word);
    if (read.kind === 'invalid') return read;
    faults.push(read.fault);
  }
  return { kind: 'faults', faults: distinct(faults) };
}

/** Each once, by its words, where it was first said. */
export function distinct(faults: readonly FaultSpec[]): FaultSpec[] {
  const seen = new Set<string>();
  return faults.filter((fault) => {
    const words = renderFault(fault);
    return !seen.has(words) && seen.add(words);
  });
}

/** The words that `parseFault` reads as this fault. */
export function renderFault(fault: FaultSpec): string {
  const options = fieldsOf(fault).map(({ name, value }) => (name === undefined ? `:${value}` : `:${name}=${value}`));
  return `${fault.kind}${options.join('')}${fault.target === undefined ? '' : `@${fault.target}`}`;
}

export function renderFaults(faults: readonly FaultSpec[]): string {
  return faults.map(renderFault).join(',') || 'none';
}

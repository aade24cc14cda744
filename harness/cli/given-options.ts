/** What a command line says of its options by itself, and the same as text again. */
import type { Command, Option } from 'commander';
import { renderFaults } from '../plan/fault-grammar.js';
import { forShell, type RunFlags } from './options.js';

/** Whether the command line, the environment or a plan file says anything of an option, by its long name. */
export function isGiven(command: Command, name: string): boolean {
  const option = command.options.find(({ long }) => long === `--${name}`);
  return option !== undefined && isSet(command, option);
}

function isSet(command: Command, option: Option): boolean {
  const source = command.getOptionValueSource(option.attributeName());
  return source !== undefined && source !== 'default';
}

/** Sets the options of one command to what another was given, as far as it has them. */
export function takeOver(from: Command, to: Command): void {
  for (const option of from.options) {
    const attribute = option.attributeName();
    const isKnown = to.options.some(({ long }) => long === option.long);
    if (isKnown && isSet(from, option))
      to.setOptionValueWithSource(
        attribute,
        from.getOptionValue(attribute),
        from.getOptionValueSource(attribute) ?? 'cli',
      );
  }
}

/** Every option that has a value, by its long name, as one would write it. */
export function settingsOf(command: Command): Record<string, string> {
  return Object.fromEntries(
    command.options.map((option) => [
      (option.long ?? '').slice(2),
      option.attributeName() === 'faults'
        ? renderFaults(command.opts<RunFlags>().faults)
        : String(command.getOptionValue(option.attributeName()) ?? (option.isBoolean() ? false : '')),
    ]),
  );
}

/** Where and how a campaign is carried out is no part of it. */
const ASIDE = ['seed', 'output', 'subnet', 'edn', 'parallel', 'resume', 'dryRun', 'table', 'matrix', 'shard'];

/** The command line that carries the same campaign out again; of a shard, the whole. */
export function againLine(called: Command, { file, seed }: { file: string | undefined; seed: number }): string {
  const texts = settingsOf(called);
  const given = called.options.flatMap((option) => {
    const isOwn = ['cli', 'env'].includes(called.getOptionValueSource(option.attributeName()) ?? '');
    if (!isOwn || ASIDE.includes(option.attributeName())) return [];
    const text = option.attributeName() === 'budget' ? budgetText(called) : (texts[(option.long ?? '').slice(2)] ?? '');
    return option.isBoolean() ? [option.long] : [`${option.long} ${forShell(text)}`];
  });
  const { matrix } = called.opts<{ matrix?: string }>();
  const which = file === undefined ? `--matrix ${matrix ?? 'smoke'}` : forShell(file);
  const program =
    file === undefined && (matrix ?? 'smoke') === 'smoke'
      ? 'npm run test:chaos --'
      : `npx leasebreaker campaign ${which}`;
  return [program, `--seed ${seed}`, ...given].join(' ');
}

const budgetText = (called: Command): string =>
  `${Math.round((called.opts<{ budget?: number }>().budget ?? 0) / 1000)}s`;

/** `leasebreaker export`: the operations of a stored run in the form of another tool. */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Command, Option } from 'commander';
import { EXPORT_FORMATS, EXPORT_PARTS, type ExportFormat, type ExportPart } from '../formats/export-formats.js';
import { exportHistory } from '../formats/export-history.js';
import { FILES } from '../run/results.js';
import { EXIT, type Ended } from './exit-codes.js';

interface Flags {
  format: ExportFormat;
  output?: string;
  part: ExportPart;
}

export function addExportCommand(program: Command, ended: Ended): void {
  program
    .command('export')
    .description('write the operations of a stored run so that Knossos, Elle or Porcupine can judge them')
    .argument('<run>', 'results folder of a run, such as results/latest; or its history.jsonl')
    .addOption(
      new Option(
        '--format <name>',
        'edn: as jepsen.history has it; jsonl: an object a line; porcupine: a key-value log',
      )
        .choices(EXPORT_FORMATS)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--part <what>', 'operations on the storage, on the locks, or both; txns: for Elle (edn only)')
        .choices(EXPORT_PARTS)
        .default('all', 'all; storage for porcupine'),
    )
    .addOption(new Option('--output <file>', 'where to write it (default: standard output)'))
    .addHelpText('after', '\ndocs/history-formats.md says what each contains.')
    .action(async (run: string, { format, output, part: asked }: Flags) => {
      const refuse = (message: string): void => {
        process.stderr.write(`leasebreaker: ${message}\n`);
        ended(EXIT.badArguments);
      };
      const part = format === 'porcupine' && asked === 'all' ? 'storage' : asked;
      if (format === 'porcupine' && part !== 'storage')
        return refuse('porcupine is a key-value log, which holds --part storage and nothing else');
      if (part === 'txns' && format !== 'edn') return refuse('--part txns needs --format edn');
      const isFolder = await stat(run).then(
        (found) => found.isDirectory(),
        () => true,
      );
      const file = isFolder ? join(run, FILES.history) : run;
      let out: Writable = process.stdout;
      let opened = false;
      // A run that cannot be exported leaves the file as it was.
      const write = (text: string): Promise<void> => {
        if (output !== undefined && !opened) out = createWriteStream(output).on('error', () => undefined);
        opened = true;
        return written(out, text);
      };
      try {
        const exported = await exportHistory(file, { format, part, write });
        if (exported.kind === 'unreadable')
          return refuse(`${file}${exported.line === 0 ? '' : `, line ${exported.line}`}: ${exported.reason}`);
        if (output === undefined) return;
        await new Promise<void>((done) => out.end(done));
        process.stderr.write(`${output}: ${exported.lines} lines\n`);
      } catch (error) {
        process.stderr.write(
          `leasebreaker: ${output ?? 'standard output'} cannot be written: ${(error as Error).message}\n`,
        );
        ended(EXIT.environment);
      }
    });
}

/** Resolves when the text is on its way: what is exported is no faster than its reader. */
function written(out: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

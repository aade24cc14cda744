/** `leasebreaker serve`: the runs of a results folder in the browser, on this machine only. */
import { stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { serve } from '../serve/serve.js';
import { EXIT, type Ended, type ExitCode } from './exit-codes.js';

interface Flags {
  results: string;
  port: number;
}

const DEFAULT_PORT = 8484;

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It takes a whole number from 0 to 65535.');
  return port;
}

export function addServeCommand(program: Command, ended: Ended): void {
  program
    .command('serve')
    .description('list the runs of a results folder in the browser, on 127.0.0.1 only; compare two; read only')
    .addOption(new Option('--results <folder>', 'folder with the runs').default('results'))
    .addOption(
      new Option('--port <n>', 'port on 127.0.0.1; 0: any that is free').argParser(portOf).default(DEFAULT_PORT),
    )
    .addHelpText(
      'after',
      '\nGoes on until Ctrl-C, which ends it with 0; 3 when the port is taken, 64 when there is no such folder.',
    )
    .action(async (flags: Flags) => ended(await serveUntilInterrupted(flags)));
}

async function serveUntilInterrupted({ results, port }: Flags): Promise<ExitCode> {
  const isFolder = await stat(results).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    process.stderr.write(
      `leasebreaker: there is no folder ${results}: name the one with the runs with --results, or make a run first\n`,
    );
    return EXIT.badArguments;
  }
  const serving = await serve({
    folder: results,
    port,
    onError: (error) => process.stderr.write(`leasebreaker: ${error.stack ?? error.message}\n`),
  });
  if (serving.kind === 'refused') {
    process.stderr.write(
      `leasebreaker: ${serving.message}\n  -> npx leasebreaker serve --port 0 takes any that is free\n`,
    );
    return EXIT.environment;
  }
  process.stdout.write(`${serving.url} lists the runs in ${results}; Ctrl-C ends it\n`);
  await interrupted();
  await serving.close();
  return EXIT.asExpected;
}

function interrupted(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done());
  });
}

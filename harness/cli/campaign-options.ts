/** The options of `campaign`: those of a run, and those of many. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseBudget } from '../campaign/definition.js';
import { PRESETS } from './campaign-request.js';
import { addRunOptions, number } from './options.js';

export function addCampaignOptions(command: Command): Command {
  return addRunOptions(command, { fixed: ['fencing', 'name'] })
    .addOption(
      new Option('--matrix <name>', 'one of the campaigns that leasebreaker brings (default: smoke)').choices(PRESETS),
    )
    .addOption(new Option('--recipes <names>', 'of the axis "recipe", separated by commas (default: all)'))
    .addOption(new Option('--schemes <names>', 'of the axis "fencing", separated by commas (default: all)'))
    .addOption(
      new Option('--table <file>', 'Markdown document that gets the table of --matrix fencing (default: none)'),
    )
    .addOption(ledgerOption())
    .addOption(new Option('--seeds <n>', "runs of each cell (default: the definition's, else 1)").argParser(seeds))
    .addOption(
      new Option(
        '--budget <time>',
        "no run begins after it, such as 90s, 45min or 8h (default: the definition's, else none)",
      ).argParser(budget),
    )
    .addOption(
      new Option('--stop <when>', "when no further run begins (default: the definition's, else never)").choices([
        'never',
        'first-violation',
        'first-unexpected',
      ]),
    )
    .addOption(
      new Option(
        '--until-failure',
        'again and again with new seeds, until a violation that was not expected or the end of the budget (default: off)',
      ),
    )
    .addOption(new Option('--shard <i/n>', 'a part of the cells that no other shard has, such as 2/4 (default: all)'))
    .addOption(
      new Option('--parallel <n>', 'runs at once (default: one for every 4 processors, at least 1)').argParser(
        parallel,
      ),
    )
    .addOption(
      new Option(
        '--resume [folder]',
        'go on with a campaign that was interrupted or killed (default: the newest unfinished one in --output)',
      ),
    );
}

export function ledgerOption(): Option {
  return new Option(
    '--ledger <file>',
    "ledger of findings, such as regressions/ledger.json: its plans are cells too, and it is updated (default: the definition's, else none)",
  );
}

function seeds(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It takes a whole number from 1.');
  return value;
}

function parallel(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value) || value < 1 || value > 64)
    throw new InvalidArgumentError('It takes a whole number from 1 to 64.');
  return value;
}

function budget(text: string): number {
  const ms = parseBudget(text);
  if (ms === undefined) throw new InvalidArgumentError('It takes a time such as 90s, 45min or 8h.');
  return ms;
}

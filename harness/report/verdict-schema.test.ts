import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../checkers/judge.js';
import { CHECKERS } from '../../checkers/registry.js';
import { simulate } from '../../checkers/testing/model.js';
import { tablesOf } from '../history/table-builders.js';
import { campaignJsonSchema, campaignOfRuns, runFigures, toCampaignJson } from './campaign.js';
import { emptyCell, type Matrix, matrixCell, matrixJsonSchema, matrixSchema } from './matrix.js';
import { everyKind, judgementOfEveryKind } from './testing/every-kind.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { toVerdictJson } from './verdict-json.js';
import { verdictJsonSchema, verdictSchema } from './verdict-schema.js';

const asText = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`;
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });

function verdictOf(fencing: 'off' | 'on') {
  const writer = lateWriter(fencing);
  return toVerdictJson({ record: tablesOf(writer.record), judgement: judgementOf(writer), meta: metaOf(fencing) });
}

describe('the published schemas', () => {
  // `npm run schema` writes the files again.
  it('docs/verdict.schema.json is the one that the code keeps to', async () => {
    await expect(asText(verdictJsonSchema())).toMatchFileSnapshot('../../docs/verdict.schema.json');
  });

  it('docs/campaign.schema.json is the one that the code keeps to', async () => {
    await expect(asText(campaignJsonSchema())).toMatchFileSnapshot('../../docs/campaign.schema.json');
  });

  it('docs/matrix.schema.json is the one that the code keeps to', async () => {
    await expect(asText(matrixJsonSchema())).toMatchFileSnapshot('../../docs/matrix.schema.json');
  });
});

describe('verdict.json', () => {
  const validate = ajv.compile(verdictJsonSchema());

  it.each(['off', 'on'] as const)('of a run with fencing %s satisfies its schema, read back from text', (fencing) => {
    const json: unknown = JSON.parse(JSON.stringify(verdictOf(fencing)));
    expect(validate(json) || validate.errors).toBe(true);
    expect(verdictSchema.parse(json)).toEqual(json);
  });

  it('of a run with every kind of violation satisfies its schema', () => {
    const made = everyKind();
    const report = { record: tablesOf(made.record), judgement: judgementOfEveryKind(made), meta: metaOf('off') };
    const json: unknown = JSON.parse(JSON.stringify(toVerdictJson(report)));
    expect(validate(json) || validate.errors).toBe(true);
    expect(verdictSchema.parse(json)).toEqual(json);
  });

  it('satisfies its schema whatever the lock and the fencing are, as judged from the record', () => {
    const locks = fc.constantFrom('expiring', 'exclusive', 'none');
    fc.assert(
      fc.property(
        locks,
        fc.constantFrom('off', 'on'),
        fc.array(fc.nat(2 ** 30), { maxLength: 300 }),
        (lock, fencing, choices) => {
          const record = tablesOf(simulate({ lock, fencing, onLoss: 'ignore', lanes: 2, clients: 3, choices }));
          const verdict = toVerdictJson({ record, judgement: judge(record, CHECKERS), meta: metaOf(fencing) });
          const json: unknown = JSON.parse(JSON.stringify(verdict));
          expect(validate(json) || validate.errors).toBe(true);
          expect(verdictSchema.parse(json)).toEqual(json);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    ['a verdict that is none', { verdict: 'fine' }],
    ['a count below zero', { refused: { reads: -1, writes: 0 } }],
    ['another version', { schemaVersion: 1 }],
    ['violations without an id', { violations: [{ kind: 'stale-write' }] }],
  ])('is refused with %s', (_what, wrong) => {
    const json: unknown = JSON.parse(JSON.stringify({ ...verdictOf('off'), ...wrong }));
    expect(validate(json)).toBe(false);
    expect(verdictSchema.safeParse(json).success).toBe(false);
  });
});

describe('campaign.json', () => {
  it('satisfies its schema', () => {
    const runs = (['off', 'on'] as const).map((fencing) =>
      runFigures({ verdict: verdictOf(fencing), path: `run-${fencing}` }),
    );
    const { name, date, command, versions, environment } = metaOf('off');
    const campaign = toCampaignJson(
      campaignOfRuns({ name, date, command, versions, environment, met: true, unmet: [], exitCode: 0 }, runs),
    );
    const validate = ajv.compile(campaignJsonSchema());
    const json = JSON.parse(JSON.stringify(campaign)) as typeof campaign;
    expect(validate(json) || validate.errors).toBe(true);
    expect(json.runs.map(({ path, verdict }) => [path, verdict])).toEqual([
      ['run-off', 'violated'],
      ['run-on', 'clean'],
    ]);
    expect(json.runs[0]).not.toHaveProperty('violations');
    expect(json.pairs).toMatchObject([
      { recipe: 'mutex', fencing: 'off', runs: 1, harmed: { hits: 1, of: 1, high: 1 }, lost: 12 },
      { recipe: 'mutex', fencing: 'on', runs: 1, harmed: { hits: 0, of: 1, low: 0 } },
    ]);
  });
});

describe('matrix.json', () => {
  const { date, command, versions, environment } = metaOf('off');
  const matrix: Matrix = {
    schemaVersion: 1,
    date,
    command,
    versions,
    environment,
    cells: [
      matrixCell(verdictOf('off'), '../run-off'),
      matrixCell(verdictOf('on'), '../run-on'),
      emptyCell('naive', 'on', 1, 'it did not run'),
    ],
  };
  const validate = ajv.compile(matrixJsonSchema());

  it('satisfies its schema', () => {
    const json: unknown = JSON.parse(JSON.stringify(matrix));
    expect(validate(json) || validate.errors).toBe(true);
    expect(matrixSchema.parse(json)).toEqual(json);
  });

  it.each([
    ['another version', { schemaVersion: 2 }],
    ['a pair without its scheme', { cells: [{ ...matrix.cells[0], fencing: undefined }] }],
  ])('is refused with %s', (_what, wrong) => {
    expect(validate(JSON.parse(JSON.stringify({ ...matrix, ...wrong })))).toBe(false);
  });
});

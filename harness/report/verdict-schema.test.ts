import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import { campaignJsonSchema, toCampaignJson } from './campaign.js';
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
});

describe('verdict.json', () => {
  const validate = ajv.compile(verdictJsonSchema());

  it.each(['off', 'on'] as const)('of a run with fencing %s satisfies its schema, read back from text', (fencing) => {
    const json: unknown = JSON.parse(JSON.stringify(verdictOf(fencing)));
    expect(validate(json) || validate.errors).toBe(true);
    expect(verdictSchema.parse(json)).toEqual(json);
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
    const runs = (['off', 'on'] as const).map((fencing) => ({ verdict: verdictOf(fencing), path: `run-${fencing}` }));
    const { name, date, command, versions, environment } = metaOf('off');
    const campaign = toCampaignJson({
      meta: { name, date, command, versions, environment, met: true, unmet: [], exitCode: 0 },
      runs,
    });
    const validate = ajv.compile(campaignJsonSchema());
    const json = JSON.parse(JSON.stringify(campaign)) as typeof campaign;
    expect(validate(json) || validate.errors).toBe(true);
    expect(json.runs.map(({ path, verdict }) => [path, verdict])).toEqual([
      ['run-off', 'violated'],
      ['run-on', 'clean'],
    ]);
    expect(json.runs[0]).not.toHaveProperty('violations');
  });
});

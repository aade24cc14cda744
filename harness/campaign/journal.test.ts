import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  appendLine,
  CAMPAIGN_FILES,
  campaignsIn,
  createFolder,
  type FailedLine,
  isFinished,
  readCampaign,
} from './journal.js';

const line: FailedLine = {
  kind: 'failed',
  cell: 'c',
  n: 0,
  attempt: 1,
  colour: 'harness',
  name: 'r',
  date: '',
  exitCode: 70,
  message: 'ü',
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campaign-'));
  await writeFile(join(folder, CAMPAIGN_FILES.plan), '{"version": 1, "definition": {}, "cells": []}');
});
afterEach(() => rm(folder, { recursive: true }));

describe('readCampaign', () => {
  it('has no lines before the first run ended', async () => {
    expect(await readCampaign(folder)).toMatchObject({ kind: 'campaign', lines: [] });
  });

  it('cuts a torn last line off, so that the next one is whole', async () => {
    appendLine(folder, line);
    await appendFile(join(folder, CAMPAIGN_FILES.runs), '{"kind": "jud');
    expect(await readCampaign(folder)).toMatchObject({ lines: [line] });
    expect(await readCampaign(folder, { mend: true })).toMatchObject({ lines: [line] });
    appendLine(folder, { ...line, n: 1 });
    expect(await readCampaign(folder)).toMatchObject({ lines: [line, { ...line, n: 1 }] });
  });

  it('says what it cannot read', async () => {
    await appendFile(join(folder, CAMPAIGN_FILES.runs), 'no JSON\n{}\n');
    expect(await readCampaign(folder)).toMatchObject({ kind: 'unreadable' });
    expect(await readCampaign(join(folder, 'none'))).toMatchObject({ kind: 'unreadable' });
    await writeFile(join(folder, CAMPAIGN_FILES.plan), '{"version": 2}');
    expect(await readCampaign(folder)).toMatchObject({ kind: 'unreadable' });
    await rm(join(folder, CAMPAIGN_FILES.runs));
    await writeFile(join(folder, CAMPAIGN_FILES.plan), '{"version": 1}');
    expect(await readCampaign(folder)).toMatchObject({ kind: 'unreadable' });
  });
});

describe('campaignsIn', () => {
  it('finds the folder itself, or those in it', async () => {
    expect(await campaignsIn(folder)).toEqual([folder]);
    const parent = await createFolder(folder, 'results');
    expect(await campaignsIn(parent)).toEqual([]);
    const names = [await createFolder(parent, 'x'), await createFolder(parent, 'x')];
    for (const each of names) await writeFile(join(each, CAMPAIGN_FILES.plan), '{}');
    expect(await campaignsIn(parent)).toEqual([join(parent, 'x'), join(parent, 'x-2')]);
  });
});

describe('isFinished', () => {
  it('goes by the report', async () => {
    expect(await isFinished(folder)).toBe(false);
    await writeFile(join(folder, CAMPAIGN_FILES.result), '{"complete": false}');
    expect(await isFinished(folder)).toBe(false);
    await writeFile(join(folder, CAMPAIGN_FILES.result), '{"complete": true}');
    expect(await isFinished(folder)).toBe(true);
  });
});

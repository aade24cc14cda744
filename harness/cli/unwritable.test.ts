import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolder } from '../campaign/journal.js';
import { EXIT } from './exit-codes.js';
import { orUnwritable } from './unwritable.js';

describe('orUnwritable', () => {
  it("takes a folder that cannot be made for the environment's failure, and nothing else", async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lb-'));
    const file = join(dir, 'file');
    await writeFile(file, '');
    const below = (): Promise<unknown> => mkdir(join(file, 'below'), { recursive: true });
    expect(await orUnwritable(below().then(() => EXIT.asExpected))).toBe(EXIT.environment);
    expect(await orUnwritable(createFolder(file, 'name').then(() => EXIT.asExpected))).toBe(EXIT.environment);
    expect(await orUnwritable(Promise.resolve(EXIT.unknown))).toBe(EXIT.unknown);
    await expect(orUnwritable(Promise.reject(new TypeError('a defect')))).rejects.toThrow('a defect');
    await rm(dir, { recursive: true });
  });
});

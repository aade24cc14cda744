/** The generator against the plainest search: what it makes is linearizable, and its bad twin is not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Operations } from '../../checkers/linearizability/operations.js';
import { bruteForce } from '../../checkers/linearizability/testing/brute-force.js';
import { readHistory, writeHistory } from './binary-file.js';
import { generate, KINDS, MODEL_OF } from './generate.js';

/** The plainest search tells strings by what codes stand for. */
const VALUES = Array.from({ length: 64 }, (_, code) => `v${code}`);
const isLinearizable = (kind: (typeof KINDS)[number], operations: Operations): boolean =>
  bruteForce(MODEL_OF[kind], { ...operations, values: VALUES });

describe.each(KINDS)('%s', (kind) => {
  const small = { kind, operations: 12, clients: 3, indeterminate: 0.2, objects: 1, bad: false } as const;

  it('is right', () => {
    for (let seed = 0; seed < 60; seed++)
      expect(isLinearizable(kind, generate({ ...small, seed })), `${seed}`).toBe(true);
  });

  it('has a bad twin', () => {
    const wrong = Array.from({ length: 60 }, (_, seed) =>
      generate({ ...small, clients: 2, indeterminate: 0, seed, bad: true }),
    ).filter((operations) => !isLinearizable(kind, operations));
    // So short a history ends now and then before it could go wrong.
    expect(wrong.length).toBeGreaterThan(20);
  });

  it('is the same for the same seed, and after being written and read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-bench-'));
    try {
      const operations = generate({ ...small, operations: 500, seed: 7 });
      writeHistory(join(folder, 'history'), MODEL_OF[kind], operations);
      const again = readHistory(join(folder, 'history'));
      expect(again).toEqual({ model: MODEL_OF[kind], operations: generate({ ...small, operations: 500, seed: 7 }) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

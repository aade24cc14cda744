/** Reads and writes the ledger of findings and the plans beside it. What is in them is decided in ledger.ts. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parsePlan, type Plan } from '../plan/plan.js';
import { writeJson } from '../run/results.js';
import { type Finding, type Ledger, type LedgerRun, parseLedger, updateLedger } from './ledger.js';

export interface KnownFinding {
  finding: Finding;
  plan: Plan;
}

export type ReadLedger =
  | { kind: 'ledger'; ledger: Ledger; findings: KnownFinding[] }
  | { kind: 'invalid'; message: string };

/** The message names the file that is wrong. */
export async function readLedger(path: string): Promise<ReadLedger> {
  let reading = `the ledger ${path}`;
  const wrong = (message: string): ReadLedger => ({ kind: 'invalid', message: `${reading}: ${message}` });
  try {
    const parsed = parseLedger(await readJson(path));
    if (parsed.kind === 'invalid') return wrong(parsed.message);
    const findings: KnownFinding[] = [];
    for (const finding of parsed.ledger.findings) {
      const file = join(dirname(path), finding.plan);
      reading = `the plan ${file} of the ledger`;
      const read = parsePlan(await readJson(file));
      if (read.kind === 'invalid') return wrong(read.message);
      findings.push({ finding, plan: read.plan });
    }
    return { kind: 'ledger', ledger: parsed.ledger, findings };
  } catch (error) {
    return wrong((error as Error).message);
  }
}

export interface LedgerChange {
  path: string;
  runs: readonly LedgerRun[];
  /** When and with which version of leasebreaker the campaign ran. */
  now: { date: string; version: string };
  /** Path of the plan that a run carried out. */
  planOf: (run: LedgerRun) => string;
}

/** Reads the ledger anew, so that what somebody wrote meanwhile stays; plans first, so that none is ever named and missing. */
export async function rewriteLedger({
  path,
  runs,
  now,
  planOf,
}: LedgerChange): Promise<{ kind: 'written'; added: Finding[] } | { kind: 'invalid'; message: string }> {
  const read = await readLedger(path);
  if (read.kind === 'invalid') return read;
  const { ledger, added } = updateLedger(read.ledger, runs, now);
  for (const { finding, run } of added) await writeJson(join(dirname(path), finding.plan), await readJson(planOf(run)));
  await writeJson(path, ledger);
  return { kind: 'written', added: added.map(({ finding }) => finding) };
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

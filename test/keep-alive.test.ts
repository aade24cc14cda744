/**
 * Keep-alives that the controller sends, so that the record knows what etcd has promised: leases that ran out under faults of their
 * clients and of etcd are told apart from leases that etcd itself ended too early.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../harness/history/operation.js';
import { leasebreaker, resultsFolder } from './support/command.js';

interface Verdict {
  verdict: string;
  service: string;
  doubts: string[];
  checkers: { checker: string; outcome: string; figures: Record<string, number> }[];
  violations: { kind: string; fault?: { kind: string; nodes: string[] }; operations?: { f: string }[] }[];
}

/** The run's verdict, its figures of `lease-promise`, and its history. */
async function keptAliveByController(...args: string[]) {
  const output = await resultsFolder();
  const always = ['--seed', '3', '--lanes', '3', '--clients', '4', '--fencing', 'on', '--expect', 'clean'];
  const ended = await leasebreaker(['run', ...always, '--keep-alive', 'controller', ...args, '--output', output]);
  expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0);
  const file = (name: string) => readFile(join(output, 'latest', name), 'utf8');
  const verdict = JSON.parse(await file('verdict.json')) as Verdict;
  const history = (await file('history.jsonl'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as HistoryEntry);
  const figures = verdict.checkers.find(({ checker }) => checker === 'lease-promise')?.figures;
  return { verdict, figures, history };
}

describe('run --keep-alive controller', () => {
  it('records every keep-alive, and calls leases of paused clients expired', async () => {
    const faults = ['--faults', 'pause,pause:at=6s:for=3s@leader'];
    const { verdict, figures, history } = await keptAliveByController('--time', '14', ...faults);
    const keepAlives = history.filter(({ f }) => f === 'keep-alive');
    const answered = keepAlives.filter(({ type }) => type === 'ok');
    expect(answered.length).toBeGreaterThan(0);
    for (const { value } of answered as { value?: unknown }[])
      expect(value).toEqual({ ttlMs: 2000, lease: expect.stringMatching(/^[0-9a-f]+$/) as string });

    // A paused leader answers none of them; their processes go on all the same.
    const unanswered = keepAlives.filter(({ type }) => type === 'info');
    expect(unanswered.length).toBeGreaterThan(0);
    const goesOn = unanswered.filter(({ process, index }) =>
      history.some((later) => later.process === process && later.index > index && later.type === 'invoke'),
    );
    expect(goesOn.length).toBeGreaterThan(0);

    expect(figures?.['expiredHolds']).toBeGreaterThan(0);
    expect(figures?.['prematureHolds']).toBe(0);
    expect(verdict).toMatchObject({ verdict: 'clean', service: 'clean', doubts: [] });
  });

  it('proves that a leader whose clock goes four times as fast ends leases too early', async () => {
    const faults = ['--faults', 'clock:drift=4:at=1s:for=8s@leader'];
    const { verdict, figures } = await keptAliveByController('--ttl', '3', '--time', '14', ...faults);
    // Nobody expects etcd to keep its word with such a clock, so the run ends as expected.
    expect(verdict).toMatchObject({ verdict: 'clean', service: 'violated' });
    const premature = verdict.violations.filter(({ kind }) => kind === 'premature-expiry');
    expect(premature.length).toBeGreaterThan(0);
    expect(figures?.['prematureHolds']).toBeGreaterThanOrEqual(premature.length);
    for (const { fault } of premature)
      expect(fault).toMatchObject({ kind: 'clock', nodes: [expect.stringMatching(/^etcd\d$/)] });
    expect(premature.some(({ operations }) => operations?.some(({ f }) => f === 'keep-alive'))).toBe(true);
  });
});

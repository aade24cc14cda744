import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../checkers/judge.js';
import { CHECKERS } from '../../checkers/registry.js';
import { simulate } from '../../checkers/testing/model.js';
import { tablesOf } from '../history/table-builders.js';
import { duration, offset } from './format.js';
import { indexRecord } from './record-index.js';
import { firstRefusal } from './refusal.js';
import { layOut } from './sequence-layout.js';
import type { Story } from './story.js';
import { buildStory } from './story-build.js';
import { type FaultSketch, judgementOf, lateWriter, withFaults } from './testing/records.js';
import { textWidth } from './text-width.js';

function byRow<T extends { y: number }>(things: readonly T[]): T[][] {
  return [...new Set(things.map(({ y }) => y))].map((y) => things.filter((thing) => thing.y === y));
}

function staleStory(fencing: 'off' | 'on' = 'off'): Story {
  const writer = lateWriter(fencing);
  const index = indexRecord(tablesOf(writer.record));
  const violation = judgementOf(lateWriter('off'))
    .results.flatMap(({ violations }) => violations)
    .find(({ kind }) => kind === 'stale-write');
  const subject = fencing === 'off' ? violation : firstRefusal(index);
  return (subject && buildStory(subject, index)) ?? expect.fail('no story');
}

const told = ({ steps }: Story): string[] =>
  steps.map(({ number, offset: ns, text }) => `${number} ${offset(ns)} ${text}`);

describe('buildStory', () => {
  it('tells a stale write from the grant to the notice of the loss', () => {
    expect(told(staleStory())).toEqual([
      "1 +0.000 s Client 1 (process 5) gets the lock after waiting 12 ms. Its fencing token is 33: the number that its lock key got in etcd, and that every later holder's is to exceed.",
      '2 +0.001 s Client 1 reads "counter-0" with token 33: 6.',
      "3 +0.014 s Client 1's process is stopped, as by a long garbage collection or a suspended machine (trigger: before-write). Receipt: all 11 threads (pid 117) read back as stopped, state T.",
      "4 +2.390 s Client 1's lease ends and etcd deletes its lock key (revision 37). From here on client 1 does not own the lock.",
      '5 +2.390 s Client 2 (process 9) gets the lock after waiting 2.35 s. Its fencing token is 35, a larger one. For etcd it is the owner now.',
      '6 +2.391 s Client 2 reads "counter-0" with token 35: 6.',
      '7 +2.408 s Client 2 writes "counter-0" = 7 with token 35; the storage accepts it.',
      '8 +2.413 s Client 2 releases the lock.',
      '9 +4.625 s Client 1 runs again after 4.61 s and still believes that it holds the lock.',
      '10 +4.625 s Client 1 writes "counter-0" = 7 with token 33. The storage had already accepted client 2\'s write with token 35 and accepts this older one all the same: a stale write. It was made from a value without client 2\'s 7, which is now gone.',
      "11 +4.629 s Client 1's lock library notices that the lock is gone (lease not found); by now its section is over.",
    ]);
  });

  it('draws the end of the lease before the grant that follows from it, although the watch told of it later', () => {
    const { marks, arrows } = staleStory();
    const expired = marks.find(({ kind }) => kind === 'expired')?.moment;
    const granted = arrows.find(({ text }) => text === 'ok, token 35')?.to.moment;
    expect(expired).toBeLessThan(granted ?? -1);
  });

  it('marks exactly the late write, with its token on the arrow', () => {
    const { marks, arrows } = staleStory();
    expect(marks.filter(({ lane }) => lane === 'storage').map(({ kind, text }) => [kind, text])).toEqual([
      ['accepted', undefined],
      ['accepted', undefined],
      ['accepted', undefined],
      ['stale', 'STALE WRITE ACCEPTED'],
    ]);
    expect(
      arrows.filter(({ tone }) => tone === 'wrong').map(({ from, to, text }) => [from.lane, to.lane, text]),
    ).toEqual([
      ['first', 'storage', undefined],
      ['storage', 'first', 'write 7, token 33'],
    ]);
  });

  it('shows the gap between belief and truth, and the overlap where that is the violation', () => {
    expect(staleStory().brackets.map(({ text }) => text)).toEqual([
      'client 1 believes in a lock that it does not have: 2.24 s',
    ]);
    const writer = lateWriter('off');
    const overlap = judgementOf(writer).results[1]?.violations[0] ?? expect.fail('no overlap');
    const story = buildStory(overlap, indexRecord(tablesOf(writer.record)));
    expect(story?.brackets.map(({ text }) => text)).toEqual(['both clients are inside their sections: 23 ms']);
  });

  it('tells a refused attempt with the section that it would have run into', () => {
    const story = staleStory('on');
    expect(story.marks.find(({ kind }) => kind === 'refused')?.text).toBe('REFUSED');
    expect(told(story).at(-2)).toBe(
      '10 +4.625 s Client 1 writes "counter-0" = 7 with token 33. The storage refuses (token 33 is smaller than 35, the highest seen): nothing is overwritten.',
    );
    expect(story.marks.some(({ kind }) => kind === 'stale')).toBe(false);
  });

  it('draws nothing where there are not two sections', () => {
    const index = indexRecord(tablesOf(lateWriter('off').record));
    expect(
      buildStory({ kind: 'wrong-count', lane: 0, decisions: [], from: 0, to: 1, numbers: {} }, index),
    ).toBeUndefined();
  });
});

describe('faults in a story', () => {
  const PARTITION: FaultSketch = {
    ...{ at: 1020, until: 4000, kind: 'partition', targets: ['etcd1'], nodes: ['etcd1', 'etcd2', 'clients1'] },
    processes: 'all',
    options: { shape: 'isolate-leader' },
  };
  const CLOCK: FaultSketch = { at: 400, until: 9000, kind: 'clock', options: { drift: 0.25 } };

  function storyWith(faults: FaultSketch[], isPaused = false): Story {
    const writer = withFaults(lateWriter('off'), faults, isPaused);
    const violation = judgementOf(writer).results[2]?.violations[0] ?? expect.fail('no violation');
    return buildStory(violation, indexRecord(tablesOf(writer.record))) ?? expect.fail('no story');
  }
  const faultBars = ({ bars }: Story) =>
    bars
      .filter(({ kind }) => kind === 'fault' || kind === 'paused')
      .map(({ lane, kind, row, from, texts }) => [lane, kind, row, from === null, texts[0]]);

  it('lie on the client that they name, and on etcd where they hinder everybody', () => {
    const story = storyWith([CLOCK, PARTITION]);
    expect(faultBars(story)).toEqual([
      ['etcd', 'fault', 0, false, 'etcd1: partition: isolate-leader, 2.98 s'],
      ['first', 'fault', 0, true, 'clock: rate 0.25, 8.60 s'],
    ]);
    expect(told(story).filter((step) => /clock|partition|cut off/.test(step))).toEqual([
      "1 +0.000 s For 612 ms already, client 1's clocks are bent: rate 0.25 (trigger: time). Receipt: pid 117.",
      '4 +0.008 s The leader, etcd1, is cut off from everybody (isolate-leader, both ways, packets are dropped) (trigger: time). Receipt: pid 117.',
      '10 +2.988 s The partition is healed after 2.98 s.',
    ]);
  });

  it('lie on the storage, on either client, but not on a process that had been retired by then', () => {
    const disk = { targets: ['storage'], nodes: ['storage'], kind: 'disk', options: { mode: 'slow', ms: 1000 } };
    expect(faultBars(storyWith([{ at: 1020, until: 4000, processes: 'all', ...disk }]))).toEqual([
      ['storage', 'fault', 0, false, 'fdatasync 1 s longer, 2.98 s'],
    ]);
    const host = { targets: ['clients1'], nodes: ['clients1'], kind: 'cpu', options: { percent: 5 } };
    expect(faultBars(storyWith([{ at: 1020, until: 4000, processes: [5, 9], ...host }])).map(([lane]) => lane)).toEqual(
      ['first', 'second'],
    );
    expect(
      faultBars(storyWith([{ at: 1020, until: 4000, processes: [37, 41], ...host }, CLOCK])).map(
        ([, , , , text]) => text,
      ),
    ).toEqual(['clock: rate 0.25, 8.60 s']);
  });

  it('do not cover each other: what stops a client covers its bar, the rest has rows of its own, up to three', () => {
    const many = Array.from({ length: 5 }, (_, n): FaultSketch => ({ ...PARTITION, at: 1020 + n, until: 4000 + n }));
    const story = storyWith([CLOCK, ...many], true);
    expect(faultBars(story).map(([lane, kind, row]) => `${lane} ${kind} ${row ?? ''}`)).toEqual([
      // The last one explains the violation and has its place first.
      'etcd fault 0',
      'first fault 0',
      'etcd fault 1',
      'etcd fault 2',
      'first paused ',
    ]);
    expect(story.remarks).toContain('2 further faults in force at this time are left out of the picture.');
  });

  it('are not drawn where they hinder neither client, nor before or after the picture', () => {
    expect(
      faultBars(
        storyWith([
          { at: 1020, until: 4000, processes: [], targets: ['etcd3'], nodes: ['etcd3'] },
          { ...PARTITION, at: 100, until: 900 },
          { ...PARTITION, at: 6000, until: 6500 },
          CLOCK,
        ]),
      ).map(([lane]) => lane),
    ).toEqual(['first']);
  });

  it('say what was not proven', () => {
    const receipt = { proven: false, reason: 'the rate read back is 1' } as const;
    expect(
      told(storyWith([{ ...CLOCK, at: 1020, until: 4000, receipt }])).filter((step) => step.includes('clocks')),
    ).toEqual([
      "3 +0.008 s Client 1's clocks are bent: rate 0.25 (trigger: time). Not proven: the rate read back is 1.",
      "9 +2.988 s Client 1's clocks run at the true rate again after 2.98 s, and client 1 still believes that it holds the lock. Not proven: the rate read back is 1.",
    ]);
  });

  it('have labels that run into nothing', () => {
    const record = fc.record({
      at: fc.integer({ min: 1, max: 6000 }),
      lasts: fc.integer({ min: 1, max: 5000 }),
      kind: fc.constantFrom('pause', 'partition', 'clock', 'disk', 'etcd', 'kill'),
      targets: fc.constantFrom<string[][]>(['client 5'], ['clients1'], ['etcd1'], ['storage'], ['etcd1', 'etcd2']),
      processes: fc.constantFrom<FaultSketch['processes'][]>([5], [9], [5, 9], 'all'),
    });
    let drawn = 0;
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), (sketches) => {
        const faults = sketches.map(({ at, lasts, processes = 'all', ...rest }) => ({
          ...{ ...rest, at, until: at + lasts, processes, nodes: rest.targets, options: {} },
        }));
        const story = storyWith(faults);
        drawn += faultBars(story).length;
        const layout = layOut(story, offset, duration);
        for (const row of byRow(layout.labels)) {
          row.sort((a, b) => a.x - b.x);
          row.forEach((label, n) => {
            const end = label.x + textWidth(label.text, 12, label.tone !== 'plain');
            expect(end).toBeLessThanOrEqual(row[n + 1]?.x ?? layout.width);
          });
        }
        for (const row of byRow(layout.badges)) {
          const places = row.map((badge) => badge.x).sort((a, b) => a - b);
          places.forEach((place, n) => expect((places[n + 1] ?? Number.POSITIVE_INFINITY) - place).toBeGreaterThan(18));
        }
        // Bars of one row do not overlap.
        const faultRows = story.bars.filter(({ kind }) => kind === 'fault');
        for (const name of new Set(faultRows.map(({ lane, row }) => `${lane} ${row}`))) {
          const bars = faultRows.filter(({ lane, row }) => `${lane} ${row}` === name);
          const spans = bars.map(({ from, to }) => [from ?? -1, to ?? story.moments.length] as const);
          spans.sort((a, b) => a[0] - b[0]);
          spans.forEach(([, end], n) => expect(end).toBeLessThanOrEqual(spans[n + 1]?.[0] ?? Number.POSITIVE_INFINITY));
        }
      }),
      { numRuns: 200 },
    );
    expect(drawn).toBeGreaterThan(100);
  });
});

describe('stories of simulated runs', () => {
  const runs = fc
    .record({
      lock: fc.constantFrom('expiring' as const, 'none' as const),
      fencing: fc.constantFrom('off' as const, 'monotonic' as const, 'on' as const),
      onLoss: fc.constantFrom('ignore' as const, 'stop' as const),
      lanes: fc.constantFrom(1, 2),
      clients: fc.constantFrom(2, 3),
      choices: fc.array(fc.nat(2 ** 30), { minLength: 150, maxLength: 500 }),
    })
    .map(simulate);

  const stories = runs.map((record) => {
    const index = indexRecord(tablesOf(record));
    const refusal = firstRefusal(index);
    const subjects = judge(tablesOf(record), CHECKERS).results.flatMap(({ violations }) => violations.slice(0, 5));
    return [...subjects, ...(refusal === undefined ? [] : [refusal])].flatMap((subject) => {
      const story = buildStory(subject, index);
      return story === undefined ? [] : [{ story, kind: subject.kind }];
    });
  });

  it('exist for what the checkers find', () => {
    const samples = fc.sample(stories, { numRuns: 60, seed: 7 }).flat();
    const kinds = new Set(samples.map(({ kind }) => kind));
    const expected = [
      ...['stale-write', 'lost-update', 'interleaved-sections', 'late-write', 'stale-read', 'overlapping-sections'],
      'refused-attempt',
    ];
    expect([...kinds]).toEqual(expect.arrayContaining(expected));
  });

  it('run forward in time, and the storage decides in its own order', () => {
    fc.assert(
      fc.property(stories, (all) => {
        for (const { story } of all) {
          const { moments, arrows, bars, brackets, steps, marks } = story;
          const times = moments.map(({ time }) => time);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          expect(steps.map(({ number }) => number)).toEqual(steps.map((_, n) => n + 1));
          expect(moments.flatMap(({ step }) => step?.number ?? [])).toEqual(steps.map(({ number }) => number));
          for (const { from, to } of arrows) expect(from.moment).toBeLessThan(to.moment);
          for (const { from, to } of bars) expect(from ?? 0).toBeLessThanOrEqual(to ?? moments.length);
          for (const { from, to } of brackets) expect(from).toBeLessThanOrEqual(to);
          const decided = marks.filter(({ lane }) => lane === 'storage').map(({ moment }) => moment);
          expect(new Set(decided).size).toBe(decided.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('show every late write of a stale-write witness as such', () => {
    fc.assert(
      fc.property(stories, (all) => {
        for (const { story, kind: about } of all) {
          if (about === 'stale-write')
            expect(story.marks.some(({ text }) => text === 'STALE WRITE ACCEPTED')).toBe(true);
          if (about === 'refused-attempt') expect(story.marks.some(({ kind }) => kind === 'refused')).toBe(true);
          if (about === 'lost-update') expect(story.marks.some(({ kind }) => kind === 'stale')).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('have labels that never run into each other', () => {
    fc.assert(
      fc.property(stories, (all) => {
        for (const { story } of all) {
          const { labels, x, badges, times, width } = layOut(story, offset, duration);
          expect(x).toEqual([...x].sort((a, b) => a - b));
          for (const row of byRow(labels)) {
            row.sort((a, b) => a.x - b.x);
            row.forEach((label, n) => {
              const end = label.x + textWidth(label.text, 12, label.tone !== 'plain');
              expect(end).toBeLessThanOrEqual(row[n + 1]?.x ?? width);
            });
          }
          for (const row of byRow(badges)) {
            const places = row.map((badge) => badge.x).sort((a, b) => a - b);
            places.forEach((place, n) =>
              expect((places[n + 1] ?? Number.POSITIVE_INFINITY) - place).toBeGreaterThan(18),
            );
          }
          times.forEach((time, n) =>
            expect((times[n + 1]?.x ?? Number.POSITIVE_INFINITY) - time.x).toBeGreaterThan(40),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});

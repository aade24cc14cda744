import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, pack, stringTable, unpack } from './page-codec.js';
import { encode } from './page-encode.js';
import { type HoldColumns, type OperationColumns, type PageData, tokenAt } from './page-data.js';

const time = fc.oneof(fc.maxSafeNat(), fc.constant(-1), fc.double(), fc.nat(1e9), fc.constant(-0));
const place = fc.integer({ min: -1, max: 2 ** 31 - 1 });
const u16 = fc.nat(65535);
const u8 = fc.nat(255);

/** Rows of numbers as columns: `columns` says what each place of a row becomes. */
function doubles(rows: readonly number[][], at: number): Float64Array {
  return Float64Array.from(rows, (row) => row[at] ?? 0);
}
function integers(rows: readonly number[][], at: number): Int32Array {
  return Int32Array.from(rows, (row) => row[at] ?? 0);
}

const operations: fc.Arbitrary<OperationColumns> = fc
  .array(fc.tuple(u16, u8, u8, time, time, place, place, time, place, place, place, u8))
  .map((rows) => ({
    length: rows.length,
    client: Uint16Array.from(rows, ([client]) => client),
    f: Uint8Array.from(rows, (row) => row[1]),
    outcome: Uint8Array.from(rows, (row) => row[2]),
    start: doubles(rows, 3),
    end: doubles(rows, 4),
    process: integers(rows, 5),
    index: integers(rows, 6),
    token: doubles(rows, 7),
    digits: integers(rows, 8),
    value: integers(rows, 9),
    error: integers(rows, 10),
    decision: Uint8Array.from(rows, (row) => row[11]),
  }));

const holds: fc.Arbitrary<HoldColumns> = fc
  .array(fc.tuple(u16, time, time, time, time, time, time, place, u8))
  .map((rows) => ({
    length: rows.length,
    client: Uint16Array.from(rows, ([client]) => client),
    waitFrom: doubles(rows, 1),
    from: doubles(rows, 2),
    to: doubles(rows, 3),
    etcdFrom: doubles(rows, 4),
    etcdTo: doubles(rows, 5),
    token: doubles(rows, 6),
    digits: integers(rows, 7),
    late: Uint8Array.from(rows, (row) => row[8]),
  }));

const HOSTILE = ['</script><img src=x onerror=alert(1)>', '<!--', ']]>', '\ud800', '\u0000', '__proto__', '"\\'];
const string = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' }));

const curves = fc.array(
  fc.array(fc.tuple(time, time)).map((points) => ({
    chart: 'latency',
    unit: 'ms',
    name: 'p50',
    log: true,
    x: doubles(points, 0),
    y: doubles(points, 1),
  })),
);

interface Parts {
  strings: string[];
  operations: OperationColumns;
  holds: HoldColumns;
  curves: PageData['curves'];
}

function dataOf({ strings, ...columns }: Parts): PageData {
  const [name = ''] = strings;
  return {
    schemaVersion: 1,
    name,
    endNs: 1e9,
    ttlNs: 2e9,
    lanes: strings.map((key) => ({ key, title: key })),
    clients: [{ lane: 0, title: name }],
    nodes: [{ name, role: 'etcd' }],
    functions: ['write'],
    strings: stringTable(strings),
    leaders: [{ node: 0, from: 0, to: 5 }],
    faults: [
      { id: 'f1', kind: name, text: name, clients: [], nodes: [0], from: 1, to: 2, proven: true, receipt: name },
    ],
    violations: [
      {
        id: 'v1',
        kind: 'stale-write',
        title: name,
        sentence: name,
        lane: 0,
        clients: [0],
        from: 1,
        to: 2,
        fault: 0,
        operations: [3, 1],
        hasPicture: true,
      },
    ],
    counts: { 'stale-write': 1 },
    kindTitles: { 'stale-write': 'Stale writes' },
    ...columns,
  };
}

const pageData = fc.record({ strings: fc.array(string), operations, holds, curves }).map(dataOf);

/** Everything of it, with the strings as they are read one by one. */
function flat({ strings, ...data }: PageData): object {
  return { ...data, strings: Array.from({ length: strings.length }, (_, nth) => strings.at(nth)) };
}

const EMPTY = { strings: [], curves: [] };
const [[noOperations], [noHolds]] = [
  fc.sample(
    operations.filter(({ length }) => length === 0),
    1,
  ),
  fc.sample(
    holds.filter(({ length }) => length === 0),
    1,
  ),
] as [OperationColumns[], HoldColumns[]];

describe('the data of a page', () => {
  it('is the same after packing and unpacking, whatever the numbers and strings are', () => {
    fc.assert(
      fc.property(pageData, (data) => {
        expect(flat(unpack(pack(data)))).toEqual(flat(data));
      }),
    );
  });

  it('is the same after it stood in the page, and is no markup there', async () => {
    await fc.assert(
      fc.asyncProperty(pageData, async (data) => {
        const text = encode(data);
        expect(text).toMatch(/^[A-Za-z0-9+/]*=*$/);
        expect(flat(await decode(`\n${text}\n`))).toEqual(flat(data));
      }),
      { numRuns: 30 },
    );
  });

  it('keeps strings of many pieces, and has none for a place that is none', () => {
    const strings = Array.from({ length: 5000 }, (_, nth) => `${nth}\u2028${HOSTILE[nth % HOSTILE.length]}`);
    const data = dataOf({
      ...EMPTY,
      strings,
      operations: noOperations as OperationColumns,
      holds: noHolds as HoldColumns,
    });
    const { strings: read } = unpack(pack(data));
    expect(read.length).toBe(5000);
    expect([4999, 1023, 1024, 0].map((nth) => read.at(nth))).toEqual([4999, 1023, 1024, 0].map((nth) => strings[nth]));
    expect([read.at(-1), read.at(5000)]).toEqual(['', '']);
  });

  it('is refused if it is cut off or no data at all', async () => {
    const data = dataOf({ ...EMPTY, operations: noOperations as OperationColumns, holds: noHolds as HoldColumns });
    const bytes = pack(data);
    expect(() => unpack(bytes.subarray(0, 40))).toThrow('cut off');
    await expect(decode('AAAA')).rejects.toThrow();
    await expect(decode('</p>')).rejects.toThrow();
  });
});

describe('tokenAt', () => {
  it('has all digits of a token that a double cannot hold', () => {
    const strings = stringTable(['7587882943482394123']);
    const columns = { token: Float64Array.of(-1, 41, 7.587882943482394e18), digits: Int32Array.of(-1, -1, 0) };
    expect([0, 1, 2].map((row) => tokenAt(strings, columns, row))).toEqual([undefined, '41', '7587882943482394123']);
  });
});

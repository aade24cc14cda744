/** The texts that databases are asked, as far as they can be judged without one; test/databases.test.ts asks real ones. */
import { describe, expect, it } from 'vitest';
import { schemesOf } from '../../../harness/history/decision.js';
import { decodeState, encodeState } from './etcd.js';
import * as postgres from './postgres.js';
import * as redis from './redis.js';

const READ = { op: 4, process: 2, key: "it's", token: '9223372036854775807' };
const NASTY = JSON.parse('{"__proto__":{"a":1},"s":"\\u0000\\ud800","n":1e300}') as unknown;
const WRITE = { ...READ, value: NASTY };

describe.each(schemesOf('postgres'))('PostgreSQL, %s', (scheme) => {
  it.each([
    ['write', postgres.writeStatement(scheme, WRITE)],
    ['read', postgres.readStatement(scheme, READ)],
    ['registering read', postgres.readStatement(scheme, { ...READ, register: true })],
  ])('%s: one statement with all that varies as parameters', (_, { text, values }) => {
    expect(text).not.toContain(';');
    expect(text).not.toContain(READ.key);
    expect(text).not.toContain(READ.token);
    const used = new Set([...text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));
    expect([...used].sort((a, b) => a - b)).toEqual(values.map((__, index) => index + 1));
  });
});

describe('PostgreSQL', () => {
  it('is given values as JSON in text, and gives them back as they were', () => {
    const [, , , , text] = postgres.writeStatement('on', WRITE).values as string[];
    expect(text).not.toContain('\u0000');
    const row = { seq: '3', op: '4', process: '2', f: 'write', key: 'k', token: '33', highest: '34' } as const;
    expect(postgres.toDecision({ ...row, value: text as string, accepted: false, reason: 'why' })).toEqual({
      ...row,
      seq: 3,
      op: 4,
      process: 2,
      value: NASTY,
      verdict: 'refused',
      reason: 'why',
    });
    expect(postgres.toDecision({ ...row, value: null, accepted: true, reason: null })).not.toHaveProperty('value');
    expect(postgres.toDecision({ ...row, value: 'null', accepted: true, reason: null })).toHaveProperty('value', null);
  });

  it('lets only a read that is fenced raise the highest token', () => {
    const raises = (statement: postgres.Statement) => statement.text.includes('greatest');
    const registering = { ...READ, register: true };
    expect(schemesOf('postgres').filter((scheme) => raises(postgres.readStatement(scheme, READ)))).toEqual(['on']);
    expect(schemesOf('postgres').filter((scheme) => raises(postgres.readStatement(scheme, registering)))).toEqual([
      'monotonic+register',
      'on',
    ]);
  });
});

describe.each(schemesOf('redis'))('Redis, %s', (scheme) => {
  it.each([
    ['write', redis.writeScript(scheme, WRITE)],
    ['read', redis.readScript(scheme, READ)],
    ['registering read', redis.readScript(scheme, { ...READ, register: true })],
  ])('%s: one script with all that varies as keys and arguments', (_, { text, keys, arguments: args }) => {
    expect(text).not.toContain(READ.key);
    expect(text).not.toContain(READ.token);
    expect(keys).toEqual([`leasebreaker:state:${READ.key}`, redis.LOG_KEY]);
    expect(args.slice(0, 5)).toEqual(['4', '2', JSON.stringify(READ.key), READ.token, '7fffffffffffffff']);
    // A token becomes no number in Lua, where it would lose its last digits.
    expect(text).not.toContain('tonumber');
  });
});

describe('etcd', () => {
  it.each([
    { value: NASTY, writtenWith: '33', highest: '34' },
    { value: null, writtenWith: undefined, highest: '34' },
  ])('keeps the state %j as it is', (state) => {
    expect(decodeState(encodeState(state))).toEqual(state);
  });
});

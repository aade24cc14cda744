/** What proves a violation without sections, as rows of a table: operations, and events of the watch. Texts alone. */
import type { Operation } from '../history/operation.js';
import type { OwnershipEvent } from '../history/ownership.js';
import { offset, shorten, value } from './format.js';

export const OPERATION_COLUMNS = [
  'operation',
  'process',
  'does',
  'on',
  'value',
  'token',
  'asked',
  'answered',
  'outcome',
];

/** Times in seconds since the run began. */
export function operationRow({ invocation, completion }: Operation): string[] {
  const { index, process, f, key, time, token, value: asked } = invocation;
  const data = completion?.value ?? asked;
  return [
    String(index),
    String(process),
    f,
    key === undefined ? '' : shorten(key, 60),
    data === undefined ? '' : value(data, 60),
    completion?.token ?? token ?? '',
    offset(time),
    completion === undefined ? 'never' : offset(completion.time),
    completion === undefined
      ? 'info'
      : `${completion.type}${completion.error === undefined ? '' : ` (${shorten(completion.error, 40)})`}`,
  ];
}

export const EVENT_COLUMNS = ['told at', 'by', 'revision', 'type', 'lane', 'create revision', 'key'];

export function eventRow({ time, member, revision, type, lane, createRevision, key }: OwnershipEvent): string[] {
  return [offset(time), shorten(member, 40), revision, type, String(lane), createRevision, shorten(key, 80)];
}

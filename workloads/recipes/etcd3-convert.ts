/** Between the terms of the ports and the messages of etcd's API (etcd api/etcdserverpb/rpc.proto). Pure. */
import { Range, type IKeyValue, type IRangeRequest, type IRequestOp, type IResponseOp, type ITxnRequest } from 'etcd3';
import type { KeyValue, RangeOptions, Txn, TxnOperation, TxnResult } from './ports.js';

export function toKeyValue(kv: IKeyValue): KeyValue {
  return {
    key: kv.key.toString(),
    value: kv.value.toString(),
    createRevision: BigInt(kv.create_revision),
    modRevision: BigInt(kv.mod_revision),
    lease: BigInt(kv.lease),
  };
}

/** A range over one key has no end. */
export function keyRange(key: string, prefix = false): { key: Buffer; range_end?: Buffer } {
  return prefix ? { key: Buffer.from(key), range_end: Range.prefix(key).end } : { key: Buffer.from(key) };
}

export function toRangeRequest({ key, prefix, only, maxCreateRevision }: RangeOptions): IRangeRequest {
  return {
    ...keyRange(key, prefix),
    ...(only === undefined
      ? {}
      : { limit: 1, sort_target: 'Create', sort_order: only === 'first-created' ? 'Ascend' : 'Descend' }),
    ...(maxCreateRevision === undefined ? {} : { max_create_revision: maxCreateRevision.toString() }),
  };
}

export function toTxnRequest({ compare, success, failure }: Txn): ITxnRequest {
  return {
    compare: compare.map((wanted) => ({
      result: 'Equal',
      key: Buffer.from(wanted.key),
      ...('modRevision' in wanted
        ? { target: 'Mod', mod_revision: wanted.modRevision.toString() }
        : { target: 'Create', create_revision: wanted.createRevision.toString() }),
    })),
    success: success.map(toRequestOp),
    failure: failure.map(toRequestOp),
  };
}

function toRequestOp(operation: TxnOperation): IRequestOp {
  switch (operation.do) {
    case 'get':
      return { request_range: toRangeRequest(operation) };
    case 'delete':
      return { request_delete_range: keyRange(operation.key) };
    case 'put':
      return {
        request_put: {
          key: Buffer.from(operation.key),
          value: Buffer.from(operation.value),
          ...(operation.lease === undefined ? {} : { lease: operation.lease.toString() }),
        },
      };
  }
}

/** Of the fields of a response operation exactly one is set, though the package's types say all. */
export function toTxnOperationResult(response: Partial<IResponseOp>): TxnResult['results'][number] {
  return {
    kvs: (response.response_range?.kvs ?? []).map(toKeyValue),
    deleted: Number(response.response_delete_range?.deleted ?? 0),
  };
}

/** Which session a lock's key names as its owner. Pure. */
import type { KeyValue } from '../recipes/ports.js';

/** For a key that names nobody: no id at etcd is that large, and no name of a lane ends with it. */
const NOBODY = 'f'.repeat(16);
/** As etcd writes lease ids. */
const NAME = /^[1-9a-f][0-9a-f]{0,15}$/;

/**
 * The lease that the key is under, in hex; else what a session without a lease has put into it as its name; else the last part of the key,
 * where that is a lease's id. `kv`: missing where etcd no longer knows what it deleted.
 */
export function leaseOfKey(key: string, kv: Pick<KeyValue, 'lease' | 'value'> | undefined): string {
  if (kv !== undefined && kv.lease !== 0n) return BigInt.asUintN(64, kv.lease).toString(16);
  const own = key.slice(key.lastIndexOf('/') + 1);
  return [kv?.value ?? '', own].find((name) => NAME.test(name)) ?? NOBODY;
}

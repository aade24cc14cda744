// Which of Debian's packages each version of etcd comes from.
import type { EtcdVersion } from '../history/etcd-version.js';

/** A suite of Debian's, and the beginning of the package's version in it. */
export interface EtcdPackage {
  readonly suite: string;
  readonly version: string;
  /** One line for `list`. */
  readonly description: string;
}

/** Pinned, because a suite moves on: what is asked for as 3.5.30 must not become something else. */
export const ETCD_PACKAGES: Readonly<Record<EtcdVersion, EtcdPackage>> = {
  '3.4': { suite: 'bookworm', version: '3.4.23', description: '3.4.23, from Debian 12 (bookworm)' },
  '3.5': { suite: 'trixie', version: '3.5', description: '3.5.16, from Debian 13 (trixie); the usual one' },
  '3.5.30': { suite: 'sid', version: '3.5.30', description: '3.5.30, from Debian unstable (sid)' },
};

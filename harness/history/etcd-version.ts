/** The versions of etcd that can be had by number; any other comes as an image of its own. */

/** `3.5` is Debian stable's own, the usual one; what each is made from is known to harness/cluster/etcd-packages.ts. */
export const ETCD_VERSIONS = ['3.4', '3.5', '3.5.30'] as const;
export type EtcdVersion = (typeof ETCD_VERSIONS)[number];

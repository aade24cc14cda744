/** Where the pods keep their data (docker-compose.yml), and how a fault runs a script there, in the sidecar. */
import type { ExecResult } from '../../agent/protocol.js';
import type { FaultNode } from '../fault.js';

/** A gigabyte is written in less than a second; a slow machine may take its time. */
const SCRIPT_WITHIN_MS = 60_000;

/** The mount point, which both containers of the pod share. */
function dataFolder({ role }: FaultNode): string {
  return role === 'storage' ? '/storage-data' : '/etcd-data';
}

/** Runs a shell script in the data folder; rejects with what it complains of when it ends with another code than 0. */
export async function inData(node: FaultNode, script: string): Promise<ExecResult> {
  const result = await node.agent.exec(['sh', '-c', `cd ${dataFolder(node)} && ${script}`], {
    limitMs: SCRIPT_WITHIN_MS,
  });
  if (result.code !== 0) throw new Error(result.stderr.trim() || `the script ended with ${result.code}`);
  return result;
}

/** The command that does the same when the controller is gone. */
export function inDataCommand(node: FaultNode, script: string): string[] {
  return ['sh', '-c', `cd ${dataFolder(node)} && ${script}`];
}

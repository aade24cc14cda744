/** The wire program (harness/wire) as faults use it: started through the agents of nodes. */
import type { WireModes } from '../../wire/protocol.js';
import type { FaultNode } from '../fault.js';

const PROGRAM = ['node', '/opt/leasebreaker/wire.mjs'];
/** How long a program may take to start and to print its line, on a busy machine. */
const START_MS = 10_000;

/** Runs a measurement to its end; rejects with what the program said went wrong. */
export async function measureOn<M extends 'send' | 'ask'>(
  { name, agent }: FaultNode,
  mode: M,
  asked: WireModes[M]['ask'],
  limitMs: number,
): Promise<WireModes[M]['print']> {
  const command = [...PROGRAM, mode, JSON.stringify(asked)];
  const { code, stdout, stderr } = await agent.exec(command, { limitMs: limitMs + START_MS });
  if (code !== 0) throw new Error(`${name}: ${stderr.trim() || `the measurement ended with ${code}`}`);
  return JSON.parse(stdout) as WireModes[M]['print'];
}

/** Starts what runs until `agent.end(called)`; resolves with what it prints when it is ready. */
export async function startOn<M extends 'proxy' | 'sink'>(
  { name, agent }: FaultNode,
  called: string,
  mode: M,
  asked: WireModes[M]['ask'],
): Promise<WireModes[M]['print']> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${name}: the ${mode} did not start`)), START_MS);
      const onLine = (line: string): void => {
        try {
          resolve(JSON.parse(line) as WireModes[M]['print']);
        } catch {
          reject(new Error(`${name}: ${line}`));
        }
      };
      const command = [...PROGRAM, mode, JSON.stringify(asked ?? null)];
      agent.spawn(called, command, onLine).catch(reject);
    });
  } catch (error) {
    await agent.end(called).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The program inside containers that network faults start through the agent: a proxy that delays, and the two ends of a
 * measurement (protocol.ts). It falls off its event loop when it is done, or is ended by the agent.
 */
import { askOften, sendTo, startSink } from './meter.js';
import { startProxy } from './proxy.js';
import type { WireModes } from './protocol.js';

const [, , mode = '', text = 'null'] = process.argv;
const asked: unknown = JSON.parse(text);

function print<M extends keyof WireModes>(_mode: M, value: WireModes[M]['print']): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function main(): Promise<void> {
  switch (mode) {
    case 'proxy':
      return print('proxy', { ports: await startProxy(asked as WireModes['proxy']['ask']) });
    case 'sink':
      return print('sink', { port: await startSink() });
    case 'send':
      return print('send', await sendTo(asked as WireModes['send']['ask']));
    case 'ask':
      return print('ask', { ms: await askOften(asked as WireModes['ask']['ask']) });
    default:
      throw new Error(`unknown mode ${mode}`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`leasebreaker wire: ${String(error)}\n`);
  process.exitCode = 1;
});

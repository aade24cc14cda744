/** What the engine has of leasebreaker's: an independent look, by the docker command line. */
import { execa } from 'execa';

export interface Leftovers {
  containers: string[];
  networks: string[];
  volumes: string[];
}

async function lines(args: string[]): Promise<string[]> {
  const { stdout } = await execa('docker', args);
  return stdout.split('\n').filter((line) => line !== '');
}

/**
 * Everything that carries a run's label, whoever owns it; but for networks that nobody can remove: an engine can lose count of what
 * is in a network (moby `libnetwork/endpoint_cnt.go`), and keeps it until it is started again. `run` and `clean` say so.
 */
export async function leftovers(): Promise<Leftovers> {
  const filter = ['--filter', 'label=leasebreaker.run'];
  const [containers, networks, volumes] = await Promise.all([
    lines(['ps', '-a', ...filter, '--format', '{{.Names}}']),
    lines(['network', 'ls', ...filter, '--format', '{{.Name}}']),
    lines(['volume', 'ls', ...filter, '--format', '{{.Name}}']),
  ]);
  const removable = await Promise.all(networks.map(async (network) => !(await isStuck(network))));
  return { containers, networks: networks.filter((_, n) => removable[n]), volumes };
}

/** Whether the engine names no container in it, and yet says that it is in use. */
async function isStuck(network: string): Promise<boolean> {
  const inside = await execa('docker', ['network', 'inspect', network, '--format', '{{len .Containers}}'], {
    reject: false,
  });
  if (inside.stdout !== '0') return false;
  const removed = await execa('docker', ['network', 'rm', network], { reject: false });
  const isRefused = removed.exitCode !== 0 && removed.stderr.includes('has active endpoints');
  if (isRefused) console.warn(`the engine has lost count of what is in ${network}: only its restart removes that`);
  return isRefused;
}

export const NOTHING: Leftovers = { containers: [], networks: [], volumes: [] };

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

/** Everything that carries a run's label, whoever owns it. */
export async function leftovers(): Promise<Leftovers> {
  const filter = ['--filter', 'label=leasebreaker.run'];
  const [containers, networks, volumes] = await Promise.all([
    lines(['ps', '-a', ...filter, '--format', '{{.Names}}']),
    lines(['network', 'ls', ...filter, '--format', '{{.Name}}']),
    lines(['volume', 'ls', ...filter, '--format', '{{.Name}}']),
  ]);
  return { containers, networks, volumes };
}

export const NOTHING: Leftovers = { containers: [], networks: [], volumes: [] };

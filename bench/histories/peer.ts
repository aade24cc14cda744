/** Porcupine as a peer: a small Go program of ours that reads the same files, built against a checkout of it. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export interface PeerTiming {
  /** `out of time` where it was not done in time, `failed` if it died, as it does when memory runs out. */
  outcome: 'clean' | 'violated' | 'out of time' | 'failed';
  ms: number;
  peakMb: number;
}

export type Peer = (file: string) => Promise<PeerTiming>;

/** The source lies in the checkout, beside the compiled benches' folder. */
const SOURCE = fileURLToPath(new URL('../../../bench/peer/main.go', import.meta.url));
const MEMORY_MB = 18_000;

/** `checkout`: a folder with Porcupine's sources. Throws where Go is missing or they do not compile. */
export async function buildPeer(checkout: string, folder: string, seconds: number): Promise<Peer> {
  const module = join(folder, 'peer');
  const program = join(module, 'peer');
  mkdirSync(module);
  copyFileSync(SOURCE, join(module, 'main.go'));
  const replaced = `replace github.com/anishathalye/porcupine => ${resolve(checkout)}`;
  writeFileSync(
    join(module, 'go.mod'),
    ['module peer', '', 'go 1.17', '', 'require github.com/anishathalye/porcupine v0.0.0', '', replaced, ''].join('\n'),
  );
  await execa('go', ['build', '-mod=mod', '-o', program, '.'], { cwd: module, env: { GOFLAGS: '', GOPROXY: 'off' } });
  return async (file) => {
    const run = await execa(program, [file, String(seconds), String(MEMORY_MB)], { reject: false });
    if (run.exitCode !== 0) return { outcome: 'failed', ms: 0, peakMb: 0 };
    return JSON.parse(run.stdout) as PeerTiming;
  };
}

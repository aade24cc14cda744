// Where a Docker engine may listen, in the order in which the docker command itself looks: DOCKER_HOST, the context,
// the system's socket, then the sockets of a user's own engine. Decides only; `engine.ts` connects.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DockerOptions } from 'dockerode';

/** One place to try. `asked` places were named by the user: if they do not answer, nothing else is tried. */
export interface Endpoint {
  /** For example `unix:///var/run/docker.sock` or `ssh://me@build`. */
  readonly url: string;
  readonly asked: boolean;
  /** Who named it, for messages. */
  readonly source: string;
  /** Folder with ca.pem, cert.pem and key.pem for a TLS endpoint. */
  readonly certificates?: string;
}

/** All endpoints worth trying under this environment. */
export function endpoints(env: NodeJS.ProcessEnv, home: string = homedir()): Endpoint[] {
  const host = env['DOCKER_HOST'];
  if (host !== undefined && host !== '') {
    const certificates = env['DOCKER_CERT_PATH'];
    const tls = env['DOCKER_TLS_VERIFY'] === '1' || env['DOCKER_TLS_VERIFY'] === 'true';
    return [
      { url: host, asked: true, source: 'DOCKER_HOST', ...(tls && certificates !== undefined ? { certificates } : {}) },
    ];
  }
  const config = env['DOCKER_CONFIG'] ?? join(home, '.docker');
  const context = env['DOCKER_CONTEXT'] ?? currentContext(config);
  if (context !== undefined && context !== '' && context !== 'default') {
    const url = contextHost(config, context);
    if (url !== undefined) {
      const certificates = join(config, 'contexts', 'tls', contextFolder(context), 'docker');
      const tls = existsSync(join(certificates, 'ca.pem'));
      return [{ url, asked: true, source: `docker context ${context}`, ...(tls ? { certificates } : {}) }];
    }
  }
  const sockets = ['/var/run/docker.sock', join(home, '.docker', 'run', 'docker.sock')];
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && runtime !== '') sockets.push(join(runtime, 'docker.sock'));
  return sockets.map((path) => ({ url: `unix://${path}`, asked: false, source: 'default' }));
}

/** What dockerode needs to talk to an endpoint. Throws a `TypeError` for a URL that cannot be read. */
export function dockerOptions(endpoint: Endpoint, env: NodeJS.ProcessEnv = process.env): DockerOptions {
  if (endpoint.url.startsWith('unix://')) return { socketPath: endpoint.url.slice('unix://'.length) };
  const url = new URL(endpoint.url.includes('//') ? endpoint.url : `tcp://${endpoint.url}`);
  if (url.protocol === 'ssh:') {
    return {
      protocol: 'ssh',
      host: url.hostname,
      port: url.port === '' ? 22 : Number(url.port),
      username: url.username,
      sshOptions: { agent: env['SSH_AUTH_SOCK'] ?? '' },
    };
  }
  const folder = endpoint.certificates;
  const tls = folder !== undefined || url.protocol === 'https:';
  return {
    protocol: tls ? 'https' : 'http',
    host: url.hostname,
    port: url.port === '' ? (tls ? 2376 : 2375) : Number(url.port),
    ...(folder === undefined
      ? {}
      : {
          ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
          cert: readFileSync(join(folder, 'cert.pem'), 'utf8'),
          key: readFileSync(join(folder, 'key.pem'), 'utf8'),
        }),
  };
}

function currentContext(config: string): string | undefined {
  return (readJson(join(config, 'config.json')) as { currentContext?: string } | undefined)?.currentContext;
}

function contextHost(config: string, context: string): string | undefined {
  const meta = readJson(join(config, 'contexts', 'meta', contextFolder(context), 'meta.json'));
  return (meta as { Endpoints?: { docker?: { Host?: string } } } | undefined)?.Endpoints?.docker?.Host;
}

/** The docker command files a context under the SHA-256 of its name (docker/cli `cli/context/store`). */
function contextFolder(context: string): string {
  return createHash('sha256').update(context).digest('hex');
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

// Finds a Docker engine that answers, and says of each that does not why. Starts and installs nothing.
import Docker from 'dockerode';
import { dockerOptions, type Endpoint, endpoints } from './endpoint.js';
import { within } from './engine-stream.js';

/** An engine that answered. */
export interface Engine {
  readonly docker: Docker;
  readonly endpoint: Endpoint;
  /** For example `20.10.24`. */
  readonly version: string;
  /** The newest API version that it speaks, for example `1.41`. */
  readonly apiVersion: string;
  readonly kernel: string;
}

/** Why no engine was found: the places tried and what each said. */
export interface NoEngine {
  readonly kind: 'none';
  /** The user named this endpoint, so another engine would be the wrong one. */
  readonly asked: Endpoint | undefined;
  /** An engine is there, but this user may not talk to it. */
  readonly forbidden: boolean;
  readonly attempts: readonly { readonly endpoint: Endpoint; readonly error: string }[];
}

export type EngineSearch = { readonly kind: 'found'; readonly engine: Engine } | NoEngine;

/** An engine that takes longer than this to say its version is as good as none. */
const ANSWER_WITHIN_MS = 10_000;

/** Tries every endpoint of {@link endpoints} in turn. */
export async function findEngine(env: NodeJS.ProcessEnv = process.env): Promise<EngineSearch> {
  const attempts: { endpoint: Endpoint; error: string }[] = [];
  let forbidden = false;
  for (const endpoint of endpoints(env)) {
    try {
      return { kind: 'found', engine: await connect(endpoint, env) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      forbidden ||= code === 'EACCES' || code === 'EPERM';
      attempts.push({ endpoint, error: message === '' ? String(code) : message });
    }
  }
  const first = attempts[0]?.endpoint;
  return { kind: 'none', asked: first?.asked === true ? first : undefined, forbidden, attempts };
}

async function connect(endpoint: Endpoint, env: NodeJS.ProcessEnv): Promise<Engine> {
  const docker = new Docker(dockerOptions(endpoint, env));
  const version = await within(ANSWER_WITHIN_MS, docker.version());
  if (version.Os !== 'linux') throw new Error(`runs ${version.Os} containers; leasebreaker needs Linux ones`);
  return {
    docker,
    endpoint,
    version: version.Version,
    apiVersion: version.ApiVersion,
    kernel: version.KernelVersion ?? '',
  };
}

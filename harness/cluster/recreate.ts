// Makes a pod's program container anew with other variables: a container's environment is fixed for its life, and an etcd
// member that joins again has to be told so by its environment. Name, labels, image, mounts and the pod stay.
import type Docker from 'dockerode';

/**
 * Removes the container and creates it again, without starting it; resolves with the new id. What it has logged goes with
 * it. Works for containers in another one's network only: their own network settings are not carried over.
 */
export async function recreateContainer(
  docker: Docker,
  container: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { Name, Config, HostConfig } = await docker.getContainer(container).inspect();
  const { Image, Entrypoint, Cmd, WorkingDir, User, Labels } = Config;
  await docker.getContainer(container).remove({ force: true });
  const made = await docker.createContainer({
    name: Name.replace(/^\//, ''),
    Image,
    ...(Entrypoint === undefined ? {} : { Entrypoint }),
    // The engine shows an entrypoint's lack of arguments as null, which the types do not know.
    ...((Cmd as string[] | null) === null ? {} : { Cmd }),
    WorkingDir,
    User,
    Labels,
    Env: changed(Config.Env, env),
    HostConfig,
  });
  return made.id;
}

/** `NAME=value` lines with those of `env` in place of theirs. Pure. */
export function changed(lines: readonly string[], env: Readonly<Record<string, string>>): string[] {
  const kept = lines.filter((line) => !(line.slice(0, line.indexOf('=')) in env));
  return [...kept, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
}

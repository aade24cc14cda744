// Small helpers on the engine's answers: its progress streams, its images by name, and waiting no longer than promised.
import { createInterface } from 'node:readline';
import type Docker from 'dockerode';

/** One line of a progress stream (Engine API, `POST /build` and `POST /images/create`). */
export interface Progress {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

/** Reads a progress stream to its end. Throws the engine's own error if the stream reports one. */
export async function followStream(
  stream: NodeJS.ReadableStream,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  let failure: string | undefined;
  for await (const line of createInterface({ input: stream })) {
    if (line.trim() === '') continue;
    const progress = JSON.parse(line) as Progress;
    failure ??= progress.error;
    onProgress(progress);
  }
  if (failure !== undefined) throw new Error(failure);
}

/** The id of a local image, or undefined if there is none of that name. */
export async function imageId(docker: Docker, reference: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(reference).inspect()).Id;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** The promise's outcome, or an error once `ms` have passed. The work behind a late promise goes on unseen. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  promise.catch(() => undefined); // if it fails after its time is up, nobody is left to hear it
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The formats in which histories of other tools are read, and how one is known by the name of its file. */

export const FORMATS = ['jsonl', 'jepsen-log', 'edn', 'porcupine-kv'] as const;
export type Format = (typeof FORMATS)[number];

const BY_EXTENSION: Record<string, Format> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.edn': 'edn',
  '.log': 'jepsen-log',
};

/** Extensions that say the format, for messages: `.jsonl, .ndjson, .edn, .log`. */
export const KNOWN_EXTENSIONS = Object.keys(BY_EXTENSION).join(', ');

/** The format that the file's name says; undefined where it says none (Porcupine's files are plain `.txt`). */
export function formatOf(path: string): Format | undefined {
  return BY_EXTENSION[/\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? ''];
}

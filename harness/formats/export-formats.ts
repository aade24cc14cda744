/** The forms in which a run's history is handed to other tools, and what of it. docs/history-formats.md says what each contains. */

export const EXPORT_FORMATS = ['edn', 'jsonl', 'porcupine'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/**
 * `storage`: reads and writes; `locks`: acquires and releases; `all`: both, in one history; `txns`: each read or write as a
 * transaction of one operation, as Elle takes them.
 */
export const EXPORT_PARTS = ['all', 'storage', 'locks', 'txns'] as const;
export type ExportPart = (typeof EXPORT_PARTS)[number];

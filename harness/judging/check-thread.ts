/** The program of a thread of the pool: one checker after the other on the tables that it was handed at its start. */
import { workerData } from 'node:worker_threads';
import { runChecker } from '../../checkers/judge.js';
import { CHECKERS } from '../../checkers/registry.js';
import type { RunTables } from '../history/run-record.js';
import { serve } from '../history/threads.js';

/** What checkers share is made once for each thread, as the tables stay the same. */
const tables = workerData as RunTables;

// A task is the place of a checker in the registry.
serve((place: number) => CHECKERS[place] && runChecker(CHECKERS[place], tables));

/** The program of a thread that reads parts of logs. */
import { readPart } from './read-part.js';
import { serve } from './threads.js';

serve(readPart);

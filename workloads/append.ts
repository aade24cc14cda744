/** `append`: as `set`, and judged by the order of the elements too: a lost one may be followed by others that stand on it. */
export { setSection as appendSection } from './set.js';

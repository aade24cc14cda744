/** The browser of the tests is that of the benchmarks. */
export { launchChromium } from '../../bench/browser.js';

#!/usr/bin/env node
// The command: makes a fresh checkout runnable (packages, compiled code) and hands over to the command line proper.
// It holds no command of its own. Everything newer than old Node releases can parse is imported after the version check.
const wanted = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(
    `leasebreaker needs Node ${wanted.join('.')} or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      `Install a newer one, for example: nvm install ${wanted[0]}`,
  );
  process.exit(3);
}
const { bootstrap } = await import('../scripts/bootstrap.mjs');
const main = await bootstrap('harness/cli/main.js');
await import(main.href);

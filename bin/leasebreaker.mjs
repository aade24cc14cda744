#!/usr/bin/env node
// The command: makes a fresh checkout runnable (packages, compiled code) and hands over to the command line proper.
// It holds no command of its own. Everything newer than old Node releases can parse is imported after the version check.
const wanted = 20;
if (Number(process.versions.node.split('.')[0]) < wanted) {
  console.error(
    `leasebreaker needs Node ${wanted} or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      `Install a newer one, for example: nvm install ${wanted}`,
  );
  process.exit(3);
}
const { bootstrap } = await import('../scripts/bootstrap.mjs');
const main = await bootstrap('harness/cli/main.js');
await import(main.href);

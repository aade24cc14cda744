// The compile step: every source file to dist/ (types are stripped, not checked), and each program that runs inside a
// container bundled into dist/image/, the program of reports into dist/page/. It takes a fraction of a second, so it is done at every start instead of being
// remembered; files are written only when they changed, each in one step, so that two starts at once do no harm.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['harness', 'workloads', 'checkers', 'bench'];
const ENVIRONMENT_CANNOT = 3;
const BAD_SOURCE = 70;

/** The programs inside containers: name in the image, source file. */
const PROGRAMS = {
  agent: 'harness/agent/main.ts',
  wire: 'harness/wire/main.ts',
  client: 'workloads/clients/client-main.ts',
  section: 'workloads/clients/section-main.ts',
  observer: 'workloads/clients/observer-main.ts',
  storage: 'workloads/storages/storage-main.ts',
  'storage-admin': 'workloads/storages/admin-main.ts',
};

/** The program inside reports: it is compiled for browsers, and as one file. */
const PAGE = 'harness/report/page';

/** CommonJS packages inside an ES module bundle still call `require` for Node's own modules. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Compiles everything; exits with 70 and the compiler's message if a source cannot be parsed. */
export async function build() {
  const esbuild = await import('esbuild').catch((error) => {
    console.error(
      `leasebreaker: the compiler cannot be loaded: ${error.message}\nInstall the packages again with: npm ci`,
    );
    process.exit(ENVIRONMENT_CANNOT);
  });
  const sources = SOURCES.flatMap((folder) => listSources(join(root, folder))).filter(
    (path) => !path.startsWith(join(root, PAGE, '/')),
  );
  const common = {
    absWorkingDir: root,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    write: false,
    logLevel: 'warning',
  };
  try {
    const [compiled, bundled, page] = await Promise.all([
      esbuild.build({
        ...common,
        entryPoints: sources,
        outdir: 'dist',
        outbase: '.',
        bundle: false,
        sourcemap: 'linked',
      }),
      esbuild.build({
        ...common,
        entryPoints: Object.entries(PROGRAMS).map(([out, source]) => ({ in: source, out })),
        outdir: 'dist/image',
        outExtension: { '.js': '.mjs' },
        bundle: true,
        // etcd3 reads its protocol files beside itself when it is imported; pg asks for pg-native only if it is told to.
        external: ['etcd3', 'pg-native'],
        banner: { js: REQUIRE },
        legalComments: 'none',
      }),
      esbuild.build({
        ...common,
        entryPoints: [{ in: `${PAGE}/main.ts`, out: 'page' }],
        outdir: 'dist/page',
        platform: 'browser',
        target: 'es2022',
        format: 'iife',
        bundle: true,
        minify: true,
        loader: { '.css': 'text' },
        legalComments: 'none',
      }),
    ]);
    const outputs = [...compiled.outputFiles, ...bundled.outputFiles, ...page.outputFiles];
    for (const file of outputs) writeIfChanged(file.path, file.contents);
    removeStale(join(root, 'dist'), new Set(outputs.map((file) => file.path)));
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    console.error('leasebreaker: the sources do not compile (see above)');
    process.exit(BAD_SOURCE);
  }
}

function listSources(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function writeIfChanged(path, contents) {
  try {
    if (Buffer.compare(readFileSync(path), contents) === 0) return;
  } catch {
    mkdirSync(dirname(path), { recursive: true });
  }
  const unfinished = `${path}.${process.pid}.tmp`;
  writeFileSync(unfinished, contents);
  renameSync(unfinished, path);
}

/** Removes compiled files whose source is gone, so that nothing runs that can no longer be read. */
function removeStale(folder, wanted) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && /\.(js|mjs|map)$/.test(entry.name) && !wanted.has(path)) rmSync(path, { force: true });
  }
}

if (process.argv[1] && relative(process.argv[1], fileURLToPath(import.meta.url)) === '') await build();

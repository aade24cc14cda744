// Who may import whom (docs/architecture.md draws it):
//
//   cli -> workloads -> checkers -> harness/history
//   cli -> run -> {cluster, nemesis, plan} -> history;  {report, judging} -> {checkers, history};  formats -> {operations, history}
//
// The protocol leaves (a protocol.ts) say how two programs talk; both sides import them, and they import harness/history only.
const TESTS =
  '(\\.test\\.ts$|^test/|^harness/(report|nemesis|plan|formats|shrink)/testing/|^checkers/(linearizability/)?testing/)';
const PROTOCOLS = '^(harness/agent|harness/wire|workloads/clients|workloads/storages)/protocol\\.ts$';

/** `folder` imports, of this project, nothing but itself and `allowed`. */
const only = (name, folder, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: folder, pathNot: TESTS },
  to: { path: '^(harness|workloads|checkers|bench|test)/', pathNot: [folder, ...allowed] },
});

/** The npm packages `names` are imported by `folders` only. */
const owned = (name, names, folders, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: [...folders, TESTS] },
  to: { path: `node_modules/(${names})/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'cli-is-the-top',
      comment: 'The command line composes everything and is imported by nothing.',
      severity: 'error',
      from: { pathNot: ['^harness/cli/', TESTS] },
      to: { path: '^harness/cli/' },
    },
    {
      name: 'tests-and-benches-are-leaves',
      severity: 'error',
      from: { pathNot: ['^bench/', TESTS] },
      to: { path: ['^bench/', TESTS] },
    },
    only('history-is-the-bottom', '^harness/history/', [], 'Everything rests on the history; it rests on nothing.'),
    only('protocols-are-leaves', PROTOCOLS, ['^harness/history/'], 'Both ends of a protocol import it.'),
    only(
      'checkers-are-pure',
      '^checkers/',
      ['^harness/history/'],
      'A checker is a function from a history to a verdict.',
    ),
    {
      name: 'checkers-do-no-io',
      comment: "Checkers use nothing of Node's and no package: what they need is in the history.",
      severity: 'error',
      from: { path: '^checkers/', pathNot: TESTS },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    },
    only('plan', '^harness/plan/', ['^harness/history/'], 'A plan is drawn before anything else exists.'),
    only(
      'campaign',
      '^harness/campaign/',
      ['^harness/(history|plan|report)/', '^checkers/', '^harness/run/results\\.ts$'],
      'What a campaign is and came to, without carrying it out.',
    ),
    only('shrink', '^harness/shrink/', ['^harness/(history|plan)/'], 'Plans are made smaller without a cluster.'),
    only(
      'cluster',
      '^harness/cluster/',
      ['^harness/history/', PROTOCOLS],
      'The cluster does not know what it is used for.',
    ),
    only('wire', '^harness/wire/', ['^harness/history/'], 'The wire program runs in containers, alone.'),
    only('agent', '^harness/agent/', ['^harness/history/', PROTOCOLS], 'The agent runs in containers, alone.'),
    only('nemesis', '^harness/nemesis/', ['^harness/(history|plan)/', PROTOCOLS], 'Faults know targets, not runs.'),
    only(
      'formats',
      '^harness/formats/',
      ['^harness/history/', '^checkers/linearizability/operations\\.ts$'],
      'A format is turned into operations; what they prove is decided elsewhere.',
    ),
    only(
      'conform',
      '^harness/conform/',
      ['^harness/(history|cluster|run)/', PROTOCOLS],
      'A client is tried out, no lock is judged.',
    ),
    only('run', '^harness/run/', ['^harness/(history|plan|cluster|nemesis)/', PROTOCOLS], 'A run judges nothing.'),
    only(
      'judging',
      '^harness/judging/',
      ['^harness/history/', '^checkers/'],
      'Judging needs the record of a run and nothing else.',
    ),
    only(
      'report',
      '^harness/report/',
      ['^harness/history/', '^checkers/'],
      'Reports are made from files and verdicts.',
    ),
    only(
      'page',
      '^harness/report/page/',
      ['^harness/report/(page-(data|codec)|(format|visible)\\.ts$)'],
      'The program of a page runs in a browser and knows its data, and how numbers and values are written.',
    ),
    only('page-data', '^harness/report/page-(data|codec)(\\.ts|/)', [], 'Shared by host and browser.'),
    {
      name: 'page-runs-in-browsers',
      severity: 'error',
      from: { path: '^harness/report/(page(-data|-codec)?(\\.ts|/)|(format|visible)\\.ts$)', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'page-is-a-program',
      comment: 'The host puts it into pages as text.',
      severity: 'error',
      from: { pathNot: ['^harness/report/page/', TESTS] },
      to: { path: '^harness/report/page/' },
    },
    only(
      'serve',
      '^harness/serve/',
      ['^harness/(history|report)/', '^harness/run/results\\.ts$'],
      'What is served is files and what reports make of them.',
    ),
    only(
      'workloads',
      '^workloads/[^/]+\\.ts$',
      ['^workloads/', '^checkers/', '^harness/history/'],
      'A workload brings its checkers.',
    ),
    only('recipes', '^workloads/recipes/', ['^harness/history/'], 'A recipe must run against a simulated cluster too.'),
    only(
      'clients',
      '^workloads/clients/',
      ['^workloads/recipes/', '^harness/history/', PROTOCOLS, '^workloads/storages/(fencing|databases/[^/]+)\\.ts$'],
      'Clients run in containers; what a database is asked is text, and decided there.',
    ),
    only('storages', '^workloads/storages/', ['^harness/history/', PROTOCOLS], 'Storages run in containers.'),
    owned(
      'engine-only-in-cluster',
      'dockerode|docker-modem',
      ['^harness/cluster/'],
      'One folder talks to the Docker engine.',
    ),
    owned(
      'etcd3-only-in-clients',
      'etcd3',
      ['^workloads/(recipes|clients)/'],
      'The harness asks etcd through etcdctl.',
    ),
    owned(
      'random-only-in-plan',
      'pure-rand',
      ['^harness/plan/'],
      'What is drawn elsewhere cannot be repeated from the seed.',
    ),
    owned(
      'development-only',
      'vitest|fast-check|@fast-check|ajv|saxes|playwright-core|typescript',
      ['^bench/'],
      'Not installed with the package.',
    ),
  ],
  options: {
    // What is compiled is looked at as source.
    doNotFollow: { path: '(node_modules|^dist/)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};

/**
 * Writes a plan as a file that `--plan` reads (plan-file.ts): the seed, and what differs from the defaults of the command line, a line
 * each. Pure.
 */
import { renderFault } from './fault-grammar.js';
import { DEFAULTS, type PlanOptions, thinkMsOf } from './make-plan.js';
import type { Plan } from './plan.js';
import { specOf } from './spec-of.js';

/**
 * What the plan could have been made of; `expect` is left to the caller, and so is what a plan does not know of its recipe. The
 * plan that is made of it may differ in what spec-of.ts says, and where clients or lanes were taken out of the plan.
 */
export function planOptionsOf(plan: Plan): Omit<PlanOptions, 'expect' | 'sharesRevisions'> {
  const { settings, etcd } = plan;
  return {
    name: plan.name,
    seed: plan.seed,
    recipe: settings.recipe,
    ...(settings.leaseless === undefined ? {} : { leaseless: settings.leaseless }),
    storage: settings.storage,
    workload: settings.workload,
    fencing: settings.fencing,
    onLoss: settings.onLoss,
    keepAlive: settings.keepAlive ?? DEFAULTS.keepAlive,
    ...(plan.client === undefined ? {} : { client: plan.client }),
    token: plan.token,
    lanes: settings.lanes,
    clients: settings.clients,
    ttlSeconds: settings.ttlMs / 1000,
    timeSeconds: Math.ceil(settings.timeMs / 1000),
    rate: plan.rate,
    thinkMs: thinkMsOf(plan),
    faults: plan.faults.map((fault) => specOf(fault, plan.faults)),
    impossibleClocks: plan.faults.some(({ options }) => options['impossible'] === true),
    etcdNodes: etcd.nodes,
    ...(etcd.version === undefined ? {} : { etcdVersion: etcd.version }),
    ...(etcd.image === undefined ? {} : { etcdImage: etcd.image }),
    etcdData: etcd.data,
  };
}

/** `expect`: as the command line's option; missing: it is not said. */
export function renderPlanFile(
  options: Omit<PlanOptions, 'expect'>,
  { comment = [], expect }: { comment?: readonly string[]; expect?: 'violation' | 'clean' } = {},
): string {
  const lines = comment.map((line) => `# ${line}`.trimEnd());
  const add = (name: string, value: string | number | boolean | undefined, usual?: string | number | boolean): void => {
    if (value !== undefined && value !== usual) lines.push(`${name}: ${scalar(value)}`);
  };
  add('name', options.name);
  add('seed', options.seed);
  add('recipe', options.recipe, DEFAULTS.recipe);
  add('client', options.client?.command);
  add('client-image', options.client?.image);
  add('client-build', options.client?.build);
  add('storage', options.storage, DEFAULTS.storage);
  add('workload', options.workload, DEFAULTS.workload);
  add('fencing', options.fencing);
  add('token', options.token, DEFAULTS.token);
  add('on-loss', options.onLoss, DEFAULTS.onLoss);
  add('keep-alive', options.keepAlive, DEFAULTS.keepAlive);
  add('lanes', options.lanes);
  add('clients', options.clients);
  add('ttl', options.ttlSeconds, DEFAULTS.ttlSeconds);
  add('time', options.timeSeconds);
  add('rate', options.rate);
  // What is usual follows from the workload.
  if (options.workload !== DEFAULTS.workload || options.thinkMs !== DEFAULTS.thinkMs) add('think', options.thinkMs);
  add('impossible-clocks', options.impossibleClocks, false);
  add('etcd-nodes', options.etcdNodes, DEFAULTS.etcdNodes);
  add('etcd', options.etcdVersion);
  add('etcd-image', options.etcdImage);
  add('etcd-data', options.etcdData, DEFAULTS.etcdData);
  add('expect', expect);
  if (options.faults.length === 0) lines.push('faults: none');
  else lines.push('faults:', ...options.faults.map((fault) => `  - ${renderFault(fault)}`));
  return `${lines.join('\n')}\n`;
}

/** Readers of older YAML take a bare `on` or `off` for true or false. */
function scalar(value: string | number | boolean): string {
  return typeof value !== 'string' || (/^[a-z][\w.+-]*$/.test(value) && value !== 'on' && value !== 'off')
    ? String(value)
    : JSON.stringify(value);
}

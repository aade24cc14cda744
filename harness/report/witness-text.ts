/** A violation's witness in words, from verdict.json alone, as logs and dashboards show it. Plain text, a line each. */
import { offset, shorten, value } from './format.js';
import type { VerdictOperation, VerdictSection, VerdictViolation } from './verdict-schema.js';

/** More lines than anybody reads in a dashboard; the report has all. */
const MAX_LINES = 20;

/** The sentence, then what proves it: operations by their invocation, the storage's decisions in its order, the fault. */
export function witnessLines(violation: VerdictViolation): string[] {
  const { id, sentence, first, second, operations = [], decisions, fault } = violation;
  const sections = [first, second].filter((section) => section !== undefined);
  const proof = [
    ...sections.flatMap(sectionOperations).concat(operations).sort(byInvocation).map(operationLine),
    ...decisions.map(
      ({ seq, f, process, key, value: data, token, verdict, reason }) =>
        `the storage's decision ${seq}: ${verdict} the ${f} of ${value(key)}${f === 'write' ? ` = ${value(data)}` : ''} by process ${process} with token ${token}${reason === undefined ? '' : ` (${shorten(reason, 160)})`}`,
    ),
  ];
  return [
    `${id}: ${sentence}`,
    ...proof.slice(0, MAX_LINES).map((line) => `  ${line}`),
    ...(proof.length > MAX_LINES ? [`  and ${proof.length - MAX_LINES} more lines, in the report`] : []),
    ...(fault === undefined ? [] : [`  ${faultLine(fault)}`]),
  ];
}

function sectionOperations({ acquire, operations }: VerdictSection): VerdictOperation[] {
  return [acquire, ...operations];
}

const byInvocation = (a: VerdictOperation, b: VerdictOperation): number => a.index - b.index;

function operationLine({ process, f, key, value: data, token, invoked, completed, outcome, error }: VerdictOperation) {
  const what = f === 'write' ? `write ${value(key)} = ${value(data)}` : key === undefined ? f : `${f} ${value(key)}`;
  const by = token === undefined ? '' : ` with token ${token}`;
  const gave = f === 'read' && outcome === 'ok' ? ` ${value(data)}` : '';
  const end = completed === null ? 'no answer' : `${outcome} at ${offset(completed)}`;
  return `${offset(invoked)} process ${process}: ${what}${by}; ${end}${gave}${error === undefined ? '' : ` (${shorten(error, 80)})`}`;
}

function faultLine({ kind, targets, injected, healed, receipt }: NonNullable<VerdictViolation['fault']>): string {
  const until = healed === null ? 'never healed' : `healed at ${offset(healed)}`;
  const proof = receipt.proven ? 'receipt: proven' : `no receipt: ${shorten(receipt.reason, 160)}`;
  return `fault: ${kind} on ${targets.join(', ')}, injected at ${offset(injected)}, ${until}; ${proof}`;
}

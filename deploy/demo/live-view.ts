import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import { describeVerified } from '../../supervisor/cli/render-verification.ts';
import type { LoadReport } from '../banana/load-report.ts';
import type { DamageCounts } from './demo-sabotage.ts';

const LINE_EVERY_MS = 3_000;

export interface LiveState {
  readonly elapsedMs: number;
  readonly load: LoadReport;
  readonly status: SupervisorStatus | undefined;
  /** Undefined when nothing is damaged. */
  readonly damage: DamageCounts | undefined;
}

/** Shows the state of the running demo: redrawn in place on a terminal, a line now and then elsewhere. */
export class LiveView {
  readonly #out: NodeJS.WriteStream;
  #drawnLines = 0;
  #lastLineMs = Number.NEGATIVE_INFINITY;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(state: LiveState): void {
    if (this.#out.isTTY) {
      this.#erase();
      const lines = renderScreen(state, this.#out.columns - 1);
      this.#out.write(`${lines.join('\n')}\n`);
      this.#drawnLines = lines.length;
    } else if (state.elapsedMs - this.#lastLineMs >= LINE_EVERY_MS) {
      this.#lastLineMs = state.elapsedMs;
      this.#out.write(`${renderLine(state)}\n`);
    }
  }

  /** A line that stays, above what is redrawn. */
  note(message: string): void {
    this.#erase();
    this.#out.write(`${message}\n`);
  }

  #erase(): void {
    if (this.#drawnLines > 0) {
      this.#out.write(`\u001b[${this.#drawnLines}A\u001b[0J`);
      this.#drawnLines = 0;
    }
  }
}

function renderLine({ elapsedMs, load, status, damage }: LiveState): string {
  const seconds = `${Math.round(elapsedMs / 1_000)} s`.padStart(6);
  const source = `source ${load.perSecond.at(-1) ?? 0}/s`;
  if (status === undefined) {
    return `${seconds}  ${source}  no answer from the supervisor`;
  }
  const { summary, nodes } = status;
  const live = nodes.filter(({ state }) => state === 'live').length;
  return [
    seconds,
    source,
    `applied ${Math.round(summary.changesPerSecond)}/s`,
    `lag ${summary.lagRecords} records, ${summary.lagSeconds.toFixed(1)} s`,
    `p50 ${formatMs(summary.latencyP50Ms)}, p99 ${formatMs(summary.latencyP99Ms)}`,
    `jobs ${summary.running + (summary.settling ?? 0)}/${summary.jobs}`,
    `nodes ${live}/${nodes.length}`,
    `findings ${summary.findings}`,
    ...(damage === undefined ? [] : [renderDamage(damage)]),
  ].join('  ');
}

/** Of rows that somebody damaged. */
function renderDamage({ damaged, found, repaired, closed, overwritten }: DamageCounts): string {
  return `damaged ${damaged}: found ${found}, repaired ${repaired}, closed ${closed}, overwritten ${overwritten}`;
}

/** A line that wraps would count as one and leave its rest behind. */
function renderScreen(state: LiveState, columns: number): string[] {
  const { status } = state;
  const lines = ['', renderLine(state)];
  for (const { job, state: jobState, node, changesPerSecond, reason } of status?.jobs ?? []) {
    const rate = `${Math.round(changesPerSecond)}/s`.padStart(8);
    lines.push(
      `  ${job.name.padEnd(28)} ${jobState.padEnd(10)} ${(node ?? '-').padEnd(10)} ${rate}  ${reason ?? ''}`.trimEnd(),
    );
  }
  for (const verification of status?.verification ?? []) {
    lines.push(`  ${describeVerified(verification)}`);
  }
  for (const { node, pid, state: nodeState, rssBytes, cpuPercent } of status?.nodes ?? []) {
    const memory = `${Math.round(rssBytes / 1_048_576)} MB`;
    lines.push(`  ${node.padEnd(28)} ${nodeState.padEnd(10)} pid ${pid}, ${memory}, ${Math.round(cpuPercent)} % CPU`);
  }
  for (const { code, message } of status?.alerts ?? []) {
    lines.push(`  ${code} ${message}`);
  }
  return lines.map((line) => line.slice(0, columns));
}

export function formatMs(milliseconds: number): string {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

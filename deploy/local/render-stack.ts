/** The status of the local stack as a person, a program or a shell wants it. Pure. */
import type { ServerStatus } from './stack-status.ts';

export const STACK_OUTPUTS = ['table', 'json', 'env'] as const;

export type StackOutput = (typeof STACK_OUTPUTS)[number];

export function renderStack(output: StackOutput, folder: string, servers: readonly ServerStatus[]): string {
  switch (output) {
    case 'json':
      return JSON.stringify({ folder, servers }, null, 2);
    case 'env':
      return servers.map(({ variable, address }) => `export ${variable}=${address}`).join('\n');
    case 'table':
      return renderTable(servers);
  }
}

function renderTable(servers: readonly ServerStatus[]): string {
  const rows = servers.map(({ name, state, pid, address, folder }) => [
    name,
    state,
    String(pid ?? '-'),
    address,
    folder,
  ]);
  const table = [['SERVER', 'STATE', 'PID', 'ADDRESS', 'FOLDER'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

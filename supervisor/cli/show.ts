import type { Settings } from '../../protocol/settings/settings-schema.ts';

export const OUTPUT_FORMATS = ['table', 'json', 'yaml'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Prints lines for people, or a whole document for programs. */
export async function show(
  format: OutputFormat,
  document: unknown,
  renderLines: () => readonly string[],
): Promise<void> {
  switch (format) {
    case 'table':
      process.stdout.write(`${renderLines().join('\n')}\n`);
      return;
    case 'json':
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      return;
    case 'yaml':
      process.stdout.write(await asYaml(document));
  }
}

export async function asYaml(document: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  // Through JSON, so that secrets show as they show everywhere, and nothing is an alias.
  return stringify(JSON.parse(JSON.stringify(document)), { aliasDuplicateObjects: false });
}

/** For one line: what the settings describe. */
export function summariseSettings({ environment, captures, pipelines, databases }: Settings): string {
  const count = (things: object, name: string) => {
    const number = Object.keys(things).length;
    return `${number} ${name}${number === 1 ? '' : 's'}`;
  };
  return `environment ${environment}: ${count(captures, 'capture')}, ${count(pipelines, 'pipeline')}, ${count(databases, 'database')}`;
}

import { type MapNode, type SettingsNode, toPlain } from './settings-node.ts';
import {
  type CaptureSettings,
  type DatabaseSettings,
  type PipelineSettings,
  type Settings,
  settingsSchema,
} from './settings-schema.ts';

/**
 * What can be read of settings although other parts of them are wrong, so that the rules between fields report in the
 * same run as the schema.
 */
export interface SettingsDraft {
  /** Every name that is written, also of a database that could not be read. */
  readonly databaseNames: readonly string[];
  readonly databases: ReadonlyMap<string, DatabaseSettings>;
  readonly captures: ReadonlyMap<string, CaptureSettings>;
  readonly pipelines: ReadonlyMap<string, PipelineSettings>;
  readonly supervisor: Settings['supervisor'] | undefined;
  readonly environment: Settings['environment'] | undefined;
  readonly faults: Settings['faults'] | undefined;
}

interface Parser<Value> {
  safeParse(input: unknown): { readonly success: true; readonly data: Value } | { readonly success: false };
}

export function readDraft(root: SettingsNode): SettingsDraft {
  const { databases, captures, pipelines, supervisor, environment, faults } = settingsSchema.shape;
  return {
    databaseNames: [...readEntries(root, 'databases').keys()],
    databases: readAll(root, 'databases', databases.valueType),
    captures: readAll(root, 'captures', captures.unwrap().valueType),
    pipelines: readAll(root, 'pipelines', pipelines.unwrap().valueType),
    supervisor: readOne(root, 'supervisor', supervisor),
    environment: readOne(root, 'environment', environment),
    faults: readOne(root, 'faults', faults),
  };
}

function readAll<Value>(root: SettingsNode, section: string, parser: Parser<Value>): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const [key, { node }] of readEntries(root, section)) {
    const parsed = parser.safeParse(toPlain(node));
    if (parsed.success) {
      values.set(key, parsed.data);
    }
  }
  return values;
}

function readOne<Value>(root: SettingsNode, section: string, parser: Parser<Value>): Value | undefined {
  const node = readSection(root, section);
  const parsed = parser.safeParse(node === undefined ? undefined : toPlain(node));
  return parsed.success ? parsed.data : undefined;
}

function readEntries(root: SettingsNode, section: string): MapNode['entries'] {
  const node = readSection(root, section);
  return node?.kind === 'map' ? node.entries : new Map();
}

function readSection(root: SettingsNode, section: string): SettingsNode | undefined {
  return root.kind === 'map' ? root.entries.get(section)?.node : undefined;
}

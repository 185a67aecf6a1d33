import { z } from 'zod';
import type { SettingsPath } from './settings-node.ts';
import { settingsSchema } from './settings-schema.ts';

/** The part of JSON Schema that zod writes for our settings. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly examples?: readonly (string | number)[];
  /** Ours: what a text means, where its pattern is not for people. */
  readonly range?: string;
  /** Ours: never shown. */
  readonly secret?: boolean;
}

/** What may be written in a settings file, defaults and descriptions included. */
export const settingsJsonSchema = z.toJSONSchema(settingsSchema, { io: 'input' }) as JsonSchema; // zod's type is wider

/** The schema of the value at a path; undefined where there is none, such as below an unknown key. */
export function findJsonSchema(path: SettingsPath): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((schema, step) => {
    if (typeof step === 'number') {
      return schema?.items;
    }
    const properties = schema?.properties;
    if (properties !== undefined && Object.hasOwn(properties, step)) {
      return properties[step];
    }
    return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  }, settingsJsonSchema);
}

/** What a value of this schema looks like, for people: "a whole number from 1 to 64". */
export function describeSchema(schema: JsonSchema): string {
  if (schema.range !== undefined) {
    return schema.range;
  }
  if (schema.const !== undefined) {
    return String(schema.const);
  }
  if (schema.enum !== undefined) {
    return schema.enum.length === 1 ? String(schema.enum[0]) : `one of ${schema.enum.join(', ')}`;
  }
  switch (schema.type) {
    case 'integer':
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case 'string':
      return `a text${describeCount(schema.minLength, schema.maxLength, 'characters')}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${describeCount(schema.minItems, schema.maxItems, 'entries')}`;
    default:
      return describeMap(schema);
  }
}

function describeMap({ properties }: JsonSchema): string {
  return properties === undefined ? 'a map' : `a map with ${Object.keys(properties).join(', ')}`;
}

function describeCount(min: number | undefined, max: number | undefined, unit: string): string {
  if (max !== undefined) {
    return ` of ${min ?? 0} to ${max} ${unit}`;
  }
  return min === undefined
    ? ''
    : ` of at least ${min} ${min === 1 ? unit.replace(/ies$/, 'y').replace(/s$/, '') : unit}`;
}

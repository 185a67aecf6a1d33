import type { SchemaField } from './choose-form.ts';

/** The columns of a table by name. */
export type SchemaFields = ReadonlyMap<string, SchemaField>;

const SOURCE_TYPE = '__debezium.source.column.type';

/**
 * The columns of an envelope's before and after images; undefined for schemas of anything else (heartbeats, transaction
 * marks, schema changes).
 *
 * @param json strict JSON, nested no deeper than the decoder allows
 */
export function parseSchema(json: string): SchemaFields | undefined {
  const envelope: unknown = JSON.parse(json);
  const image = listFields(envelope).find((field) => readText(field, 'field') === 'after');
  if (image === undefined || !Array.isArray(readOwn(image, 'fields'))) {
    return undefined;
  }
  return new Map(
    listFields(image).map((field): [string, SchemaField] => {
      const parameters = readOwn(field, 'parameters');
      return [
        readText(field, 'field') ?? '',
        {
          type: readText(field, 'type') ?? '',
          name: readText(field, 'name'),
          scale: readText(parameters, 'scale'),
          sourceType: readText(parameters, SOURCE_TYPE),
        },
      ];
    }),
  );
}

function listFields(schema: unknown): readonly unknown[] {
  const fields = readOwn(schema, 'fields');
  return Array.isArray(fields) ? fields : [];
}

function readText(object: unknown, key: string): string | undefined {
  const value = readOwn(object, key);
  return typeof value === 'string' ? value : undefined;
}

function readOwn(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null
    ? Object.getOwnPropertyDescriptor(object, key)?.value
    : undefined;
}

import type { JsonSchema } from '../../../protocol/settings/settings-json-schema.ts';

/** Any text with a placeholder: what it becomes is known at the start of a process only. */
const PLACEHOLDER = { type: 'string', pattern: '\\$\\{' } as const;

/**
 * The schema for editors. It differs from the one that checks in what it has to let pass: a value may be written as
 * `${…}`, and a text as something that YAML takes for a number.
 */
export function renderEditorSchema(schema: JsonSchema): string {
  return `${JSON.stringify(adapt(schema), undefined, 2)}\n`;
}

function adapt(schema: JsonSchema): unknown {
  const { properties, additionalProperties, items, range: _, secret: __, ...rest } = schema;
  if (schema.type === 'object') {
    return {
      ...rest,
      ...(properties === undefined ? {} : { properties: adaptAll(properties) }),
      ...(additionalProperties === undefined ? {} : { additionalProperties: adaptMaybe(additionalProperties) }),
    };
  }
  if (schema.type === 'array') {
    return { ...rest, ...(items === undefined ? {} : { items: adapt(items) }) };
  }
  const { description, default: fallback, ...value } = rest;
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [isFreeText(value) ? { ...value, type: ['string', 'number'] } : value, PLACEHOLDER],
  };
}

function isFreeText(value: JsonSchema): boolean {
  return value.type === 'string' && value.pattern === undefined && value.enum === undefined;
}

function adaptAll(schemas: Readonly<Record<string, JsonSchema>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, adapt(schema)]));
}

function adaptMaybe(schema: JsonSchema | boolean): unknown {
  return typeof schema === 'boolean' ? schema : adapt(schema);
}

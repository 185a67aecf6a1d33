import { describeSchema, type JsonSchema } from '../../../protocol/settings/settings-json-schema.ts';
import { asCode, joinBlocks, renderTable, startPage } from './markdown.ts';

const LOADING = `Settings are YAML 1.2. Several files may be given: maps merge, lists and values of later files replace. \`\${NAME}\` takes an
environment variable, \`\${NAME:-text}\` falls back to the text, \`\${NAME:?message}\` refuses with the message, \`\${file:path}\`
takes a file (relative to the settings file), \`$\${\` is a literal \`\${\`. They are filled in after the YAML was read, so that
no value can change the structure. Durations have a unit: \`250ms\`, \`30s\`, \`2m\`, \`1h\`. Unknown keys are errors, and all
problems are reported at once, with file, line and column.

For completion and checks in an editor, begin a file with \`# yaml-language-server: $schema=<path to ergate.schema.json>\`.`;

interface Field {
  /** "captures.<name>.tables" */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

export function renderSettings(schema: JsonSchema): string {
  const sections = listFields(schema, '').map((section) => {
    const below = listBelow(section.schema, section.path);
    return { section, fields: below.length === 0 ? [section] : below };
  });
  // Values that stand alone at the top share one table.
  const [alone, nested] = [sections.filter(isAlone), sections.filter((one) => !isAlone(one))];
  return joinBlocks([
    startPage('Settings', 'protocol/settings/settings-schema.ts'),
    LOADING,
    renderFields(alone.map(({ section }) => section)),
    ...nested.flatMap(({ section, fields }) => [
      `## ${section.path}`,
      ...(section.schema.description === undefined ? [] : [section.schema.description]),
      renderFields(fields),
    ]),
  ]);
}

function isAlone({ section, fields }: { readonly section: Field; readonly fields: readonly Field[] }): boolean {
  return fields[0] === section;
}

function renderFields(fields: readonly Field[]): string {
  return renderTable(
    ['Setting', 'Value', 'Default', 'Meaning'],
    fields.map((field) => [
      asCode(field.path),
      findInner(field.schema, '') === undefined ? describeSchema(field.schema) : describeHolder(field.schema),
      describeDefault(field),
      field.schema.description ?? '',
    ]),
  );
}

/** What it holds has lines of its own. */
function describeHolder(schema: JsonSchema): string {
  return schema.type === 'array' ? describeSchema(schema) : 'a map';
}

function describeDefault({ schema, isRequired }: Field): string {
  if (isRequired) {
    return 'required';
  }
  const { default: value, secret } = schema;
  if (value === undefined || value === '' || isEmpty(value)) {
    return secret === true || value === '' ? 'empty' : '';
  }
  return asCode(typeof value === 'string' ? value : JSON.stringify(value));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function listFields({ properties = {}, required = [] }: JsonSchema, path: string): Field[] {
  return Object.entries(properties).map(([key, schema]) => ({
    path: path === '' ? key : `${path}.${key}`,
    schema,
    isRequired: required.includes(key),
  }));
}

/** Every field below, each in front of those that it holds; empty for a value. */
function listBelow(schema: JsonSchema, path: string): Field[] {
  const inner = findInner(schema, path);
  return inner === undefined
    ? []
    : listFields(inner.schema, inner.path).flatMap((field) => [field, ...listBelow(field.schema, field.path)]);
}

function findInner(
  schema: JsonSchema,
  path: string,
): { readonly schema: JsonSchema; readonly path: string } | undefined {
  if (schema.properties !== undefined) {
    return { schema, path };
  }
  if (typeof schema.additionalProperties === 'object') {
    return { schema: schema.additionalProperties, path: `${path}.<name>` };
  }
  return schema.items?.properties === undefined ? undefined : { schema: schema.items, path: `${path}[]` };
}

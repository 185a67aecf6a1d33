import { findNearestWord } from '../nearest-word.ts';
import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings } from '../settings-schema.ts';

type Source = PipelineSettings['source'];

/** What is told of a format other than the one of the topic has no effect, and is most likely a forgotten `format`. */
export function checkFormat(draft: SettingsDraft, name: string, { source }: PipelineSettings): Complaint[] {
  const path = ['pipelines', name, 'source'];
  const complaints = listForeign(source).map((setting) => ({
    path: [...path, setting],
    against: [...path, 'format'],
    expected: `nothing here for the format ${source.format}`,
    got: `a setting of ${setting === 'debezium' ? 'debezium' : 'debezium and maxwell'}`,
    hint: setting === 'debezium' ? 'format: debezium' : 'format: debezium, or maxwell',
  }));
  const foreign = source.format === 'ergate' ? [] : checkColumns(draft, [...path, 'columns'], source);
  return [...complaints, ...foreign, ...checkWriter(draft, [...path, 'format'], source)];
}

/** Pipelines of one source may share the forms, so that a table may be of any of them. */
function checkColumns(draft: SettingsDraft, path: readonly string[], { database, columns }: Source): Complaint[] {
  const siblings = [...draft.pipelines.values()].filter(({ source }) => source.database === database);
  const known = [...new Set(siblings.flatMap(({ tables }) => Object.keys(tables)))];
  return Object.keys(columns)
    .filter((table) => !known.includes(table))
    .map((table) => ({
      path: [...path, table],
      expected: `a table that is replicated from ${database} (${known.join(', ')})`,
      got: table,
      hint: findNearestWord(table, known),
    }));
}

function listForeign({ format, logEpoch, columns, debezium }: Source): string[] {
  return [
    ...(format === 'ergate' && logEpoch !== undefined ? ['logEpoch'] : []),
    ...(format === 'ergate' && Object.keys(columns).length > 0 ? ['columns'] : []),
    ...(format !== 'debezium' && debezium !== undefined ? ['debezium'] : []),
  ];
}

function checkWriter({ captures }: SettingsDraft, path: readonly string[], { topic, format }: Source): Complaint[] {
  const writer = [...captures].find(([, capture]) => capture.topic === topic);
  return writer === undefined || format === 'ergate'
    ? []
    : [{ path, expected: `ergate, which capture ${writer[0]} writes to ${topic}`, got: format, hint: 'ergate' }];
}

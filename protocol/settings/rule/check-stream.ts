import { findNearestWord } from '../nearest-word.ts';
import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';
import type { CaptureSettings, PipelineSettings } from '../settings-schema.ts';

/** A pipeline against the capture that writes its topic; a topic without one is written by somebody else. */
export function checkStream(draft: SettingsDraft, name: string, pipeline: PipelineSettings): Complaint[] {
  const writer = [...draft.captures].find(([, { topic }]) => topic === pipeline.source.topic);
  if (writer === undefined) {
    return [];
  }
  const [captureName, capture] = writer;
  const complaints: Complaint[] = checkSource(name, pipeline, writer);
  const captured = Object.keys(capture.tables);
  for (const table of Object.keys(pipeline.tables)) {
    if (!captured.includes(table)) {
      complaints.push({
        path: ['pipelines', name, 'tables', table],
        expected: `a table that capture ${captureName} reads (${captured.join(', ')})`,
        got: table,
        hint: findNearestWord(table, captured) ?? `adding it to captures.${captureName}.tables`,
      });
    }
  }
  return complaints;
}

function checkSource(
  name: string,
  { source }: PipelineSettings,
  [captureName, capture]: [string, CaptureSettings],
): Complaint[] {
  if (source.database === capture.database) {
    return [];
  }
  return [
    {
      path: ['pipelines', name, 'source', 'database'],
      expected: `${capture.database}, whose changes capture ${captureName} writes to ${source.topic}`,
      got: source.database,
      hint: capture.database,
    },
  ];
}

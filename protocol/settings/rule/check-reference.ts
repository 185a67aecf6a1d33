import { findNearestWord } from '../nearest-word.ts';
import type { SettingsDraft } from '../settings-draft.ts';
import type { SettingsPath } from '../settings-node.ts';
import type { Complaint } from '../settings-problem.ts';

/** A name that stands for an entry of `databases`. */
export function checkDatabaseName(draft: SettingsDraft, path: SettingsPath, name: string): Complaint[] {
  const names = draft.databaseNames;
  if (names.includes(name)) {
    return [];
  }
  const expected = names.length === 0 ? 'a database of the settings; there are none' : `one of ${names.join(', ')}`;
  return [{ path, expected, got: name, hint: findNearestWord(name, names) }];
}

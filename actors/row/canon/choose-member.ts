/** Names of ENUM and SET columns: which of its own a column stores for a name in another spelling. */
import { isBinaryCollation } from '../../../protocol/change/key/canon-text.ts';
import type { ColumnShape } from '../../catalog/table-shape.ts';
import { parseMembers } from '../../target/mysql/literal/text-literal.ts';

export interface Member {
  /** As the column shows it. */
  readonly name: string;
  /** Its place in the definition, from 0. */
  readonly index: number;
}

/** The member that a name finds; undefined when it finds none, or, as far as we know, more than one. */
export type FindMemberFunc = (name: string) => Member | undefined;

export function buildMemberFinder({ columnType, collation }: ColumnShape): FindMemberFunc {
  const members = parseMembers(columnType);
  const indexes = new Map(members.map((name, index) => [name, index]));
  const folds = listFolds(collation);
  return (name) => {
    const index = indexes.get(name) ?? indexes.get(hideSupplementary(name));
    return index === undefined ? findFolded(members, name, folds) : { name, index };
  };
}

/** As definitions show them. */
function hideSupplementary(name: string): string {
  return name.replace(/[\u{10000}-\u{10ffff}]/gu, '?');
}

type FoldFunc = (name: string) => string;

function findFolded(members: readonly string[], name: string, folds: readonly FoldFunc[]): Member | undefined {
  for (const fold of folds) {
    const found = members.flatMap((member, index) => (fold(member) === fold(name) ? { name: member, index } : []));
    if (found.length > 0) {
      return found.length === 1 ? found[0] : undefined;
    }
  }
  return undefined;
}

const trim: FoldFunc = (name) => name.replace(/[ \0]+$/, '');
const foldCase: FoldFunc = (name) => trim(name).toLowerCase();
const foldAccents: FoldFunc = (name) =>
  foldCase(name)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '');

/** From the strictest on; a rule of thumb, for no table of ours could follow all collations. */
function listFolds(collation: string | undefined): readonly FoldFunc[] {
  if (collation === undefined || isBinaryCollation(collation) || collation.endsWith('_cs')) {
    return [trim];
  }
  return collation.includes('_as_ci') ? [trim, foldCase] : [trim, foldCase, foldAccents];
}

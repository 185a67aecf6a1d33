/** What SHOW GRANTS says, as far as it matters; active roles are in it. */
export interface Grant {
  /** In capital letters. */
  readonly privileges: ReadonlySet<string>;
  /** LIKE pattern of the database; undefined for all. */
  readonly database: string | undefined;
  /** Undefined for all of the database. */
  readonly table: string | undefined;
}

const GRANT = /^GRANT (?<privileges>.+?) ON (?:TABLE )?(?<scope>\*\.\*|`(?:[^`]|``)*`\.(?:\*|`(?:[^`]|``)*`)) TO /i;
const SCOPE = /^`(?<database>(?:[^`]|``)*)`\.(?:\*|`(?<table>(?:[^`]|``)*)`)$/;
/** A privilege on columns is none on the table. */
const ON_COLUMNS = /[^,(]+\([^)]*\),?/g;

/** @param lines of SHOW GRANTS; those that grant roles or proxies say nothing here */
export function parseGrants(lines: readonly string[]): readonly Grant[] {
  return lines.flatMap((line) => {
    const { privileges, scope } = GRANT.exec(line)?.groups ?? {};
    if (privileges === undefined || scope === undefined) {
      return [];
    }
    const { database, table } = SCOPE.exec(scope)?.groups ?? {};
    const names = privileges.replaceAll(ON_COLUMNS, '').split(',');
    return [
      {
        privileges: new Set(names.map((name) => name.trim().toUpperCase())),
        database: database?.replaceAll('``', '`'),
        table: table?.replaceAll('``', '`'),
      },
    ];
  });
}

/** On the whole server. */
export function isGrantedEverywhere(grants: readonly Grant[], privilege: string): boolean {
  return grants.some((grant) => grant.database === undefined && gives(grant, privilege));
}

/** On the whole database. */
export function isGranted(grants: readonly Grant[], privilege: string, database: string): boolean {
  return grants.some(
    (grant) =>
      grant.table === undefined &&
      gives(grant, privilege) &&
      (grant.database === undefined || isLike(database, grant.database)),
  );
}

function gives({ privileges }: Grant, privilege: string): boolean {
  return privileges.has(privilege) || privileges.has('ALL PRIVILEGES') || privileges.has('ALL');
}

function isLike(name: string, pattern: string): boolean {
  const source = pattern.replaceAll(/\\(.)|([%_])|([^\\%_])/gsu, (_, escaped, wild, plain) =>
    wild === undefined ? RegExp.escape(escaped ?? plain) : wild === '%' ? '.*' : '.',
  );
  return new RegExp(`^${source}$`, 'su').test(name);
}

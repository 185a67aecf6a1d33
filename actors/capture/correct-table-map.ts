/**
 * MariaDB counts geometry among the columns whose character sets it lists in a definition; MySQL does not, and the log
 * library goes by MySQL: on MariaDB every text behind a geometry would be decoded in the character set of another column.
 * The library has no option for it, so that its reader of definitions is corrected here, for MariaDB alone.
 */
import { createRequire } from 'node:module';

const GEOMETRY_CODE = 255;
const BLOB_CODE = 252;

interface TableMapInsides {
  _effectiveColumnType(index: number): number;
  _readOptionalMetadata(parser: unknown, zongji: { readonly isMariaDb: boolean }): void;
}

let isCorrected = false;

/** Idempotent; for all readers of the process, as they share the library. */
export function correctTableMap(): void {
  if (isCorrected) {
    return;
  }
  const prototype = loadTableMap();
  const { _effectiveColumnType: typeOf, _readOptionalMetadata: readMetadata } = prototype;
  prototype._readOptionalMetadata = function (this: TableMapInsides, parser, zongji) {
    if (zongji.isMariaDb) {
      this._effectiveColumnType = (index) => {
        const type = typeOf.call(this, index);
        return type === GEOMETRY_CODE ? BLOB_CODE : type;
      };
    }
    readMetadata.call(this, parser, zongji);
    this._effectiveColumnType = typeOf;
  };
  isCorrected = true;
}

/** Its entry point exports the reader alone. */
function loadTableMap(): TableMapInsides {
  const require = createRequire(import.meta.url);
  const path = require.resolve('@vlasky/zongji').replace(/index\.js$/, 'lib/binlog_event.js');
  const { TableMap } = require(path) as { readonly TableMap: { readonly prototype: TableMapInsides } }; // as of 0.9.0
  const { prototype } = TableMap;
  if (typeof prototype._effectiveColumnType !== 'function' || typeof prototype._readOptionalMetadata !== 'function') {
    throw new TypeError('@vlasky/zongji reads definitions otherwise than expected; MariaDB geometry would be misread');
  }
  return prototype;
}

import { unreachable } from '../../errors/unreachable.ts';
import type { PipelineSettings } from '../../settings/settings-schema.ts';
import { DebeziumDecoder } from './debezium/debezium-decoder.ts';
import { ErgateDecoder } from './ergate-decoder.ts';
import type { TargetColumns } from './foreign-format.ts';
import { MaxwellDecoder } from './maxwell/maxwell-decoder.ts';
import type { RecordDecoder } from './record-decoder.ts';

const DEBEZIUM = { withoutSchema: 'refuse', truncate: 'finding' } as const;

/**
 * The decoder of a topic's format.
 *
 * @param target what its columns are
 */
export function buildDecoder(
  { format, logEpoch, columns, debezium = DEBEZIUM }: PipelineSettings['source'],
  target: TargetColumns,
): RecordDecoder {
  switch (format) {
    case 'ergate':
      return new ErgateDecoder();
    case 'debezium':
      return new DebeziumDecoder({ logEpoch, columns, ...debezium, isBinary: target.isBinary });
    case 'maxwell':
      return new MaxwellDecoder({ logEpoch, columns, isWideBit: target.isWideBit });
    default:
      return unreachable(format);
  }
}

import { unreachable } from '../../errors/unreachable.ts';
import type { PipelineSettings } from '../../settings/settings-schema.ts';
import { DebeziumDecoder } from './debezium/debezium-decoder.ts';
import { ErgateDecoder } from './ergate-decoder.ts';
import { MaxwellDecoder } from './maxwell/maxwell-decoder.ts';
import type { RecordDecoder } from './record-decoder.ts';

/** The decoder of a topic's format. */
export function buildDecoder({ format, logEpoch, columns, debezium }: PipelineSettings['source']): RecordDecoder {
  switch (format) {
    case 'ergate':
      return new ErgateDecoder();
    case 'debezium':
      return new DebeziumDecoder({ logEpoch, columns, ...debezium });
    case 'maxwell':
      return new MaxwellDecoder({ logEpoch, columns });
    default:
      return unreachable(format);
  }
}

import { listRecordKeys, RowOwner } from '../../actors/sweeper/row-owner.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { KafkaChangeTopic } from './change-topic.ts';

/** Which partitions rows are of; asks Kafka how many there are. @throws ReplicationError ERG_1204, ERG_1206, ERG_1208 */
export async function findOwner(
  settings: Pick<Settings, 'kafka' | 'environment' | 'captures'>,
  topicName: string,
): Promise<RowOwner> {
  const topic = new KafkaChangeTopic(settings, topicName);
  try {
    return new RowOwner(listRecordKeys(settings.captures, topicName), await topic.readPartitionCount());
  } finally {
    await topic.close();
  }
}

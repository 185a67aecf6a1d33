import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { sinkJob } from '../../protocol/message/job.ts';
import { readRepairAnswer } from '../../protocol/message/recovery-codec.ts';
import { REPAIR_TIMEOUT_MS, type RepairAnswer, type RepairRequest } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';

export interface SinkPlace {
  readonly environment: string;
  readonly pipeline: string;
  readonly partition: number;
}

/**
 * A repair by the sink of the partition, wherever it runs.
 *
 * @param sender begins the id of the message
 * @throws ReplicationError ERG_6101 when no sink serves the partition, ERG_6102, ERG_5202 when it takes no more now
 */
export async function askSink(
  bus: Pick<MessageBus, 'request'>,
  { environment, pipeline, partition }: SinkPlace,
  request: RepairRequest,
  sender: string,
): Promise<RepairAnswer> {
  const { name } = sinkJob(pipeline, partition);
  const subject = buildSubjects(environment).actorCommand(name, 'repair');
  const message = { type: 'repair', id: sender, epoch: 0, body: request };
  const { code, message: reason, body } = await bus.request(subject, message, REPAIR_TIMEOUT_MS);
  if (code !== 'OK') {
    throw new ReplicationError('ERG_5202', `${name}: ${code} ${reason}`);
  }
  return readRepairAnswer(body);
}

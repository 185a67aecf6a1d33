import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { readCanaryRequest, readCanaryReturn } from '../../protocol/message/canary-codec.ts';
import { sinkJob } from '../../protocol/message/job.ts';
import { readRepairRequest } from '../../protocol/message/repair-codec.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { Answer } from '../runtime/message-bus.ts';
import { answerError } from './answer-repair.ts';
import { refuseCanary } from './canary-round.ts';
import type { RepairDesk } from './repair-desk.ts';
import type { SinkDeps } from './sink-deps.ts';

/**
 * Answers the repairs, and the damage of reserved rows, that are asked of a sink, from its start to its end.
 * @param findDesk undefined while the sink does not own its partition
 */
export function serveRepairs(
  { repair, pipeline, partition }: Pick<SinkDeps, 'repair' | 'pipeline' | 'partition'>,
  findDesk: () => RepairDesk | undefined,
): Disposable | undefined {
  if (repair === undefined) {
    return undefined;
  }
  const { name } = sinkJob(pipeline, partition);
  const { bus, environment } = repair;
  const subjects = buildSubjects(environment);
  const starting = new ReplicationError('ERG_5204', 'the sink is starting');
  const serving = [
    bus.serve(subjects.actorCommand(name, 'repair'), async ({ body }) => {
      const request = readRepairRequest(body);
      const desk = findDesk();
      if (desk?.isFull === true) {
        return { code: 'BUSY', message: 'as many repairs are asked for as may be', maxEpoch: 0 };
      }
      return tell(desk === undefined ? answerError(starting) : await desk.repair(request));
    }),
    bus.serve(subjects.actorCommand(name, 'canary'), async ({ body }) => {
      const request = readCanaryRequest(body);
      const desk = findDesk();
      return tell(desk === undefined ? refuseCanary(starting) : await desk.damage(request));
    }),
    bus.serve(subjects.actorCommand(name, 'canary-return'), async ({ body }) => {
      const request = readCanaryReturn(body);
      const desk = findDesk();
      return tell(desk === undefined ? refuseCanary(starting) : await desk.giveBack(request));
    }),
  ];
  return {
    [Symbol.dispose]: () => {
      for (const one of serving) {
        one[Symbol.dispose]();
      }
    },
  };
}

function tell(body: object): Answer {
  return { code: 'OK', message: '', maxEpoch: 0, body };
}

import { type buildSubjects, NODE_VERBS } from '../../../protocol/message/subjects.ts';
import { asCode, joinBlocks, renderTable, startPage } from './markdown.ts';

type Subjects = ReturnType<typeof buildSubjects>;

interface SubjectPage {
  /** The subjects with `<…>` where a name is put in. */
  readonly list: (subjects: Subjects) => readonly string[];
  readonly use: string;
}

/** Typed by the subjects themselves: one that is new does not compile until it is explained here. */
const PAGES: Readonly<Record<keyof Subjects, SubjectPage>> = {
  supervisorStatus: {
    list: ({ supervisorStatus }) => [supervisorStatus],
    use: 'Request; answered with the status document as JSON. An empty request will do.',
  },
  supervisorControl: {
    list: ({ supervisorControl }) => [supervisorControl('<verb>')],
    use: 'Request to the supervisor that leads; the verb is `force-sync`: a row is made what its source row says.',
  },
  faultOrders: {
    list: ({ faultOrders }) => [faultOrders],
    use: 'Published by `ergate fault`: every node switches a fault on or off; none where real data is.',
  },
  nodeCommand: {
    list: ({ nodeCommand }) => NODE_VERBS.map((verb) => nodeCommand('<node>', verb)),
    use: 'Request of the supervisor to one node.',
  },
  nodeHeartbeat: {
    list: ({ nodeHeartbeat }) => [nodeHeartbeat('<node>')],
    use: 'Published by each node: all its actors with their states.',
  },
  anyNodeHeartbeat: {
    list: ({ anyNodeHeartbeat }) => [anyNodeHeartbeat],
    use: 'What the supervisor subscribes to, to hear all nodes.',
  },
  actorCommand: {
    list: ({ actorCommand }) => [actorCommand('<job>', '<verb>')],
    use: 'Request to one actor, wherever it runs.',
  },
  schemaTables: {
    list: ({ schemaTables }) => [schemaTables],
    use: 'Request of a sink; the supervisor that leads answers with the target tables of a pipeline and shard.',
  },
  schemaChanged: {
    list: ({ schemaChanged }) => [schemaChanged],
    use: 'Published by the supervisor that leads when target tables have changed; sinks then ask for them.',
  },
  breaker: {
    list: ({ breaker }) => [breaker('<pipeline>', '<shard>')],
    use: 'Published by a node whose breaker opened or closed; others then ask the shard themselves.',
  },
  event: {
    list: ({ event }) => [event('<kind>')],
    use: 'Published for whoever wants to follow; nothing of ergate depends on it.',
  },
};

/** @param subjects as built for the environment `<environment>` */
export function renderSubjects(subjects: Subjects): string {
  const pages = Object.values(PAGES);
  return joinBlocks([
    startPage('NATS subjects', 'protocol/message/subjects.ts'),
    'Requests and answers are MessagePack envelopes, except the status, which is JSON. Replication goes on while NATS is away.',
    renderTable(
      ['Subject', 'Use'],
      pages.flatMap(({ list, use }) => list(subjects).map((subject) => [asCode(subject), use])),
    ),
    'The supervisor and the nodes also answer the NATS services protocol (`$SRV.PING`, `$SRV.INFO`, `$SRV.STATS`).',
  ]);
}

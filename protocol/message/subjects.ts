/** Every NATS subject. A name that goes into a token is checked by the settings (a-z, 0-9 and -). */
export function buildSubjects(environment: string) {
  const prefix = `ergate.${environment}`;
  return {
    supervisorStatus: `${prefix}.supervisor.status`,
    supervisorControl: (verb: string) => `${prefix}.supervisor.control.${verb}`,
    faultOrders: `${prefix}.supervisor.control.faults`,
    nodeCommand: (node: string, verb: NodeVerb) => `${prefix}.node.${node}.${verb}`,
    nodeHeartbeat: (node: string) => `${prefix}.node.heartbeat.${node}`,
    anyNodeHeartbeat: `${prefix}.node.heartbeat.*`,
    actorCommand: (job: string, verb: string) => `${prefix}.actor.${job}.${verb}`,
    schemaTables: `${prefix}.schema.tables`,
    schemaChanged: `${prefix}.schema.changed`,
    breaker: (pipeline: string, shard: string) => `${prefix}.breaker.${pipeline}.${shard}`,
    event: (kind: string) => `${prefix}.event.${kind}`,
  } as const;
}

export const NODE_VERBS = ['spawn', 'stop', 'drain', 'inventory'] as const;
export type NodeVerb = (typeof NODE_VERBS)[number];

/** Fast enough for a test, slow enough for a busy machine. */
export const HEARTBEAT_MS = 250;
export const NODE_DEAD_MS = 1_500;
export const TEST_ENVIRONMENT = 'rig';
export const PARTITIONS = 6;

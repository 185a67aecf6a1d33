import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';

/** Below the 1 MiB that a NATS server takes by default. */
export const MAX_STATUS_BYTES = 960 * 1024;

/** The status, without the details of the actors when it would not fit into one message with them. */
export function fitStatus(status: SupervisorStatus, maxBytes: number): SupervisorStatus {
  if (Buffer.byteLength(JSON.stringify(status)) <= maxBytes) {
    return status;
  }
  const message = `the status of ${status.jobs.length} jobs does not fit into one message; details are left out`;
  return {
    ...status,
    jobs: status.jobs.map((job) => ({ ...job, report: undefined })),
    alerts: [...status.alerts, { code: 'ERG_6009', message, sinceMs: status.atMs }],
  };
}

import type { EventInfo } from './event-info.ts';

export const supervisionEvents = {
  'actor.started': { level: 'info', meaning: 'An actor runs.' },
  'supervisor.started': { level: 'info', meaning: 'The supervisor answers; it does not act yet.' },
  'supervisor.acting': { level: 'info', meaning: 'The supervisor has a leader epoch and places jobs under it.' },
  'supervisor.waiting': {
    level: 'warn',
    meaning: 'The supervisor cannot act yet, because something that it needs is away; it tries again.',
  },
  'supervisor.stale': {
    level: 'error',
    meaning: 'A newer supervisor exists; this one answers, but acts no more.',
  },
  'supervisor.settling': {
    level: 'info',
    meaning: 'Nodes may have been missed; nothing is placed until every living one must have been heard.',
  },
  'supervisor.frozen': {
    level: 'error',
    meaning: 'More than half of the nodes fell silent at once; their actors stay where they are for now.',
  },
  'supervisor.stopped': { level: 'info', meaning: 'The supervisor ended; actors run on.' },
  'topic.created': { level: 'info', meaning: 'The topic of a capture was missing and has been created.' },
  'topic.troubled': {
    level: 'warn',
    meaning: 'A topic is not as it is set, or cannot be asked about; its jobs stay as they are.',
  },
  'topic.grown': {
    level: 'warn',
    meaning: 'A topic has more partitions than before; each gets a sink, but a key may now be in another partition.',
  },
  'catalog.changed': {
    level: 'info',
    meaning: 'Target tables are not as they were when they were last read; the sinks are told.',
  },
  'catalog.unread': {
    level: 'warn',
    meaning: 'Target tables cannot be read for the sinks; each sink reads them for itself meanwhile.',
  },
  'supervisor.history.pruned': {
    level: 'info',
    meaning: 'Closed cases and runs that were over for longer than they are kept were deleted.',
  },
  'supervisor.history.unpruned': {
    level: 'warn',
    meaning: 'What is over for long could not be deleted; it is tried again in ten minutes.',
  },
  'supervisor.row.synced': { level: 'info', meaning: 'A row was synced as somebody ordered by NATS.' },
  'supervisor.row.unsynced': { level: 'warn', meaning: 'A row could not be synced as somebody ordered by NATS.' },
  'node.heard': { level: 'info', meaning: 'A node was heard for the first time, or started anew.' },
  'node.unreadable': { level: 'warn', meaning: 'A heartbeat cannot be read; it is dropped.' },
  'node.lost': { level: 'warn', meaning: 'A node has not been heard for too long; its actors are placed elsewhere.' },
  'job.placed': { level: 'info', meaning: 'A job got a place.' },
  'job.adopted': { level: 'info', meaning: 'A job was found running and stays where it is.' },
  'job.moved': { level: 'info', meaning: 'A job is moved to another node; the old actor ends when the new one works.' },
  'job.failed': { level: 'warn', meaning: 'A node gave the actor of a job up; the job is tried elsewhere.' },
  'job.quarantined': {
    level: 'error',
    meaning: 'A job failed wherever it was tried; it is tried again after a pause.',
  },
  'job.stopping': { level: 'info', meaning: 'An actor that is not wanted at its place is stopped.' },
  'command.failed': { level: 'warn', meaning: 'A node did not accept a command; it is sent again if still wanted.' },
} as const satisfies Record<string, EventInfo>;

import type { EventInfo } from './event-info.ts';

export const nodeEvents = {
  'node.started': { level: 'info', meaning: 'A node is ready to run actors.' },
  'node.draining': { level: 'info', meaning: 'A node takes no more actors and drains those that it has.' },
  'node.drain.late': {
    level: 'warn',
    meaning: 'Actors had not drained by the deadline; what they held is read again by whoever follows.',
  },
  'node.stopped': { level: 'info', meaning: 'A node has ended as it was asked to.' },
  'node.superseded': {
    level: 'error',
    meaning: 'A process that started later uses the name of this node; this one ends.',
  },
  'node.epoch.raised': { level: 'info', meaning: 'A newer supervisor has spoken; older ones are refused from now on.' },
  'node.command.refused': { level: 'warn', meaning: 'A command was refused; its reply says why.' },
  'node.actor.spawned': { level: 'info', meaning: 'An actor was placed on this node.' },
  'node.actor.ready': { level: 'info', meaning: 'An actor has started and does its work.' },
  'node.actor.stopping': {
    level: 'info',
    meaning: 'An actor was told to end: moved, replaced or not wanted any more.',
  },
  'node.fault.set': {
    level: 'warn',
    meaning: 'A fault was switched on or off on purpose; statements fail while it is on.',
  },
  'node.fault.refused': {
    level: 'warn',
    meaning: 'A fault was to be switched on where real data is; nothing was done.',
  },
  'node.actor.stopped': { level: 'info', meaning: 'An actor has ended as it was told.' },
  'node.actor.restarting': { level: 'warn', meaning: 'An actor failed and is started again after a delay.' },
  'node.actor.given-up': {
    level: 'error',
    meaning: 'An actor is not started again on this node; the supervisor finds another place for it.',
  },
  'node.actor.stuck': {
    level: 'error',
    meaning: 'An actor did not end in time; it can only be replaced by one of a higher place epoch.',
  },
  'bus.connected': { level: 'info', meaning: 'NATS can be used.' },
  'bus.lost': {
    level: 'warn',
    meaning: 'The connection to NATS is gone and is being made anew; replication goes on.',
  },
  'bus.unreachable': { level: 'warn', meaning: 'NATS cannot be reached; it is tried again after a delay.' },
  'bus.refused': { level: 'error', meaning: 'The NATS server refused something; the code says what to look at.' },
  'bus.message.unreadable': { level: 'warn', meaning: 'Messages came that cannot be read; they were not acted on.' },
  'bus.message.unsent': { level: 'warn', meaning: 'A hint or an answer could not be sent.' },
  'bus.handler.failed': {
    level: 'error',
    meaning: 'Our own code failed on a message; the next one is taken as usual.',
  },
  'process.failed': {
    level: 'error',
    meaning: 'An error that nobody caught; the process ends so that it can be started anew.',
  },
  'log.dropped': { level: 'warn', meaning: 'Log lines were dropped, because the log was not taken off fast enough.' },
} as const satisfies Record<string, EventInfo>;

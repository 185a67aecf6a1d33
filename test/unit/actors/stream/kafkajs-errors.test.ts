import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { asStreamError } from '../../../../actors/stream/kafkajs-errors.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';

const { KafkaJSConnectionError, KafkaJSError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } = kafkajs;

function refusal(type: string): Error {
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 0, retriable: false }));
}

function afterRetries(error: Error): Error {
  return new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 2, retryTime: 100 });
}

describe('an error of the Kafka client', () => {
  test.each([
    ['OFFSET_OUT_OF_RANGE', 'ERG_1202'],
    ['REBALANCE_IN_PROGRESS', 'ERG_1204'],
    ['ILLEGAL_GENERATION', 'ERG_1204'],
    ['NOT_COORDINATOR_FOR_GROUP', 'ERG_1204'],
    ['GROUP_AUTHORIZATION_FAILED', 'ERG_1206'],
    ['SASL_AUTHENTICATION_FAILED', 'ERG_1206'],
    ['INVALID_SESSION_TIMEOUT', 'ERG_1206'],
    ['UNSUPPORTED_COMPRESSION_TYPE', 'ERG_1207'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'ERG_1208'],
    ['MESSAGE_TOO_LARGE', 'ERG_1210'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'ERG_1211'],
  ])('is classified by the answer of the broker: %s is %s, also behind retries', (type, code) => {
    expect(asStreamError(refusal(type), 'do').code).toBe(code);
    expect(asStreamError(afterRetries(refusal(type)), 'do').code).toBe(code);
  });

  test('of its connection is transient', () => {
    expect(asStreamError(new KafkaJSConnectionError('refused', {}), 'do').code).toBe('ERG_1204');
    expect(asStreamError(afterRetries(new KafkaJSError('closed')), 'do').code).toBe('ERG_1204');
  });

  test('that wraps one of ours is ours', () => {
    const ours = new ReplicationError('ERG_1207', 'damaged');
    expect(asStreamError(afterRetries(ours), 'do')).toBe(ours);
  });

  test('that wraps a mistake in code is a bug, as is an error of nobody we know', () => {
    const wrapped = Object.assign(new KafkaJSNonRetriableError('x'), { cause: new TypeError('x') });
    expect(asStreamError(wrapped, 'do').code).toBe('ERG_9000');
    expect(asStreamError(new Error('x'), 'do').code).toBe('ERG_9000');
    expect(asStreamError('x', 'do').code).toBe('ERG_9000');
  });

  test('says what was tried, what happened, and keeps its cause', () => {
    const cause = new KafkaJSConnectionError('refused', {});
    const coded = asStreamError(cause, 'join the group');
    expect(coded.message).toBe('ERG_1204: join the group: refused');
    expect(coded.cause).toBe(cause);
  });

  test('that goes round in circles ends', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(asStreamError(error, 'do').code).toBe('ERG_9000');
  });
});

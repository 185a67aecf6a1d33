import { ReplicationError } from '../../protocol/errors/replication-error.ts';

const TEXT = new TextDecoder('utf-8', { fatal: true });

/** @throws ReplicationError ERG_6103 when it is no JSON, or says that the other side could not make its answer */
export function readJsonAnswer(bytes: Uint8Array): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(TEXT.decode(bytes));
  } catch (error) {
    throw unreadable(`expected JSON, got ${bytes.length} bytes of something else`, error);
  }
  const failure = readFailure(answer);
  if (failure !== undefined) {
    throw unreadable(`the other side could not answer: ${failure}`);
  }
  return answer;
}

/** `{ "error": text }` and nothing else, as bus-endpoint.ts writes it. */
function readFailure(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || Object.keys(answer).length !== 1 || !('error' in answer)) {
    return undefined;
  }
  return typeof answer.error === 'string' ? answer.error : undefined;
}

function unreadable(message: string, cause?: unknown): ReplicationError {
  return new ReplicationError('ERG_6103', message, { cause });
}

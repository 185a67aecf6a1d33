import { z } from 'zod';

const NAME_RANGE = '1 to 40 characters of a-z, 0-9 and -';

/** Names become parts of NATS subjects and of consumer groups, so they are kept to what is safe in both. */
export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, `expected ${NAME_RANGE}`)
  .meta({ range: NAME_RANGE });

export const column = z.string().min(1).max(64);
export const table = z.string().min(1).max(64);

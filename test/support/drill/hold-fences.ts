/** Keeps the sinks, and nobody else, from writing: the rows that each of their transactions locks first are locked by another. */
import mysql from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';

/** @returns lets them go */
export async function holdFences(targets: readonly Endpoint[]): Promise<() => Promise<void>> {
  const holders = await Promise.all(targets.map(holdFence));
  return async () => {
    for (const holder of holders) {
      await holder.rollback();
      await holder.end();
    }
  };
}

async function holdFence({ host, port, user, password, database }: Endpoint): Promise<mysql.Connection> {
  const holder = await mysql.createConnection({ host, port, user, password, database });
  await holder.beginTransaction();
  const [rows] = await holder.query<mysql.RowDataPacket[]>('SELECT * FROM ergate_fence FOR UPDATE');
  if (rows.length === 0) {
    throw new Error(`expected the fences of sinks at port ${port}`);
  }
  return holder;
}

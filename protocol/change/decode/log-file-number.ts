const FILE = /\.(\d{1,15})$/;

/** 3 for "binlog.000003"; undefined for a name that has no number. */
export function parseLogFile(name: string): number | undefined {
  const digits = FILE.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

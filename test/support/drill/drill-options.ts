/** What a drill is told from outside: `npm run drill -- <name> --seed N --<option> <value>`. */

/** ERGATE_DRILL_SEED repeats the moments and the load of an earlier run. */
export function readDrillSeed(): number {
  return Number(process.env['ERGATE_DRILL_SEED'] ?? Math.floor(Math.random() * 1_000_000));
}

/** @throws Error for an option that the drill does not have, and for a value that the option does not take */
export function readDrillOptions<Name extends string>(
  allowed: Readonly<Record<Name, readonly string[]>>,
): Partial<Record<Name, string>> {
  const given: unknown = JSON.parse(process.env['ERGATE_DRILL_OPTIONS'] ?? '{}');
  for (const [name, value] of Object.entries(given as Record<string, unknown>)) {
    const values = Object.hasOwn(allowed, name) ? allowed[name as Name] : undefined;
    if (values === undefined) {
      throw new Error(`this drill has no option --${name}; it has: ${Object.keys(allowed).join(', ') || 'none'}`);
    }
    if (!values.includes(String(value))) {
      throw new Error(`--${name}: expected one of ${values.join(', ')}, got ${value}`);
    }
  }
  return given as Partial<Record<Name, string>>; // checked above
}

/** `npm run drill -- <name> --count N`: how many of what the drill does. @throws Error when it is no whole number */
export function readDrillCount(byDefault: number): number {
  const { count = byDefault } = JSON.parse(process.env['ERGATE_DRILL_OPTIONS'] ?? '{}') as { count?: unknown }; // checked here
  const read = Number(count);
  if (!Number.isInteger(read) || read < 1 || read > 100_000) {
    throw new Error(`--count: expected a whole number from 1 to 100000, got ${String(count)}`);
  }
  return read;
}

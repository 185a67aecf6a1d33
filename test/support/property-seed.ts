/** `FC_SEED=… npm run test:fast` runs the properties from a seed that a failing run printed. */
export function propertySeed(): { readonly seed?: number } {
  const seed = process.env['FC_SEED'];
  return seed === undefined ? {} : { seed: Number(seed) };
}

/** The longest name that the settings allow is 40 characters. */
const MAX_HOST = 33;

/**
 * The name of a node that was not given one: its host, and six characters by chance, so that two on one host do not meet.
 * Such a node has another name after each start; one that should keep its name is given one.
 *
 * @param random within [0, 1)
 */
export function chooseNodeName(hostname: string, random: number): string {
  const [host = ''] = hostname.toLowerCase().split('.');
  const safe = host
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, MAX_HOST)
    .replaceAll(/^-+|-+$/g, '');
  const suffix = Math.floor(random * 36 ** 6).toString(36);
  return `${safe === '' ? 'node' : safe}-${suffix.padStart(6, '0')}`;
}

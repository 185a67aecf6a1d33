/**
 * Fills `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${file:path}` in one text. It runs on scalars after YAML
 * was parsed, so that a value can never add structure. `$${` stands for a literal `${`.
 */
export interface SubstitutionSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws Error with a message that says what is wrong with the file, without its content */
  readonly readFile: (path: string) => string;
}

export type Substitution =
  | { readonly text: string }
  | { readonly expected: string; readonly got: string; readonly hint: string };

type Failure = Exclude<Substitution, { readonly text: string }>;

/** It does not repeat what came: a password may hold `${`. */
const MALFORMED: Failure = {
  expected: '${NAME}, ${NAME:-default}, ${NAME:?message} or ${file:path}',
  got: 'a ${ that begins none of them',
  hint: '$${ where a literal ${ is meant',
};

const PLACEHOLDER = /\$\$\{|\$\{([^}]*)(\}?)/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::([-?])(.*))?$/s;

export function hasPlaceholder(text: string): boolean {
  return text.includes('${');
}

export function substitute(text: string, sources: SubstitutionSources): Substitution {
  let failure: Failure | undefined;
  const filled = text.replace(PLACEHOLDER, (match: string, body: string | undefined, end: string) => {
    if (body === undefined) {
      return '${';
    }
    const result = end === '' ? MALFORMED : fill(match, body, sources);
    if ('text' in result) {
      return result.text;
    }
    failure ??= result;
    return '';
  });
  return failure ?? { text: filled };
}

function fill(match: string, body: string, sources: SubstitutionSources): Substitution {
  if (body.startsWith('file:')) {
    return fillFromFile(match, body.slice('file:'.length), sources);
  }
  const parts = VARIABLE.exec(body);
  const name = parts?.[1];
  if (parts === null || name === undefined || parts[3]?.includes('${') === true) {
    return MALFORMED;
  }
  const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined;
  return value === undefined || value === '' ? fillMissing(name, parts, value) : { text: value };
}

function fillMissing(name: string, [, , operator, more]: RegExpExecArray, value: string | undefined): Substitution {
  if (operator === '-') {
    return { text: more ?? '' };
  }
  return {
    expected: `the environment variable ${name}${operator === '?' && more ? ` (${more})` : ''}`,
    got: value === undefined ? 'none of that name' : 'one that is empty',
    hint: `setting it, or \${${name}:-…} with a default`,
  };
}

function fillFromFile(match: string, path: string, { readFile }: SubstitutionSources): Substitution {
  try {
    return { text: readFile(path).replace(/\r?\n$/, '') };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { expected: `a readable file for ${match}`, got: reason, hint: 'a path relative to the settings file' };
  }
}

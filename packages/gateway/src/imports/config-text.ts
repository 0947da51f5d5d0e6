/**
 * A configuration as the text of a file. Shown on a terminal it has variables in place of its secrets.
 */

import type { ConfigPath } from '../config/located.ts'
import { isSecretPath } from '../config/secrets.ts'

/** JSON5 with keys as people write them. */
export function configText(config: object): string {
  // Inside a string a line never begins, so only keys match.
  return JSON.stringify(config, null, 2).replaceAll(/^( *)"([A-Za-z_$][\w$]*)":/gm, '$1$2:')
}

export interface WithoutSecrets {
  readonly config: object
  /** Names of the variables that stand for what was taken out. */
  readonly variables: readonly string[]
}

/** The configuration with `${NAME}` for each secret that is written out. */
export function withoutSecrets(config: object): WithoutSecrets {
  const values = new Map<string, string>()
  const hide = (value: unknown, path: ConfigPath): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => hide(item, [...path, index]))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hide(item, [...path, key])]))
    if (typeof value !== 'string' || !isSecretPath(path) || /^\$\{\w+\}$/.test(value)) return value
    const name = nameFor(value, variableName(path), values)
    values.set(name, value)
    return `\${${name}}`
  }
  return { config: Object(hide(config, [])), variables: [...values.keys()] }
}

/** Two secrets never share a name. */
function nameFor(value: string, wanted: string, values: ReadonlyMap<string, string>): string {
  const names = [wanted, ...Array.from(values.keys(), (_, index) => `${wanted}_${index + 2}`)]
  return names.find((name) => (values.get(name) ?? value) === value) ?? wanted
}

/** `models.providers.openai.apiKey` is `OPENAI_API_KEY`. */
function variableName(path: ConfigPath): string {
  const words = path
    .slice(-2)
    .join('_')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
  return words
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_')
}

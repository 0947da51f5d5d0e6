/**
 * `${NAME}` in a string is the environment variable NAME; `$${` is a literal `${`. What a variable holds is taken as
 * it is and never looked through again.
 */

import { english } from '../language/speech.ts'
import type { ConfigProblem } from './config-error.ts'
import { type ConfigPath, formatPath, type Located, type LocatedScalar, mapScalars } from './located.ts'

export interface Substituted {
  readonly root: Located
  /** One for each variable that is missing. */
  readonly problems: ConfigProblem[]
}

const reference = /\$\$\{|\$\{([A-Za-z_]\w*)\}|\$\{/g

export function substituteEnv(root: Located, env: NodeJS.ProcessEnv): Substituted {
  const problems: ConfigProblem[] = []
  const substituted = mapScalars(root, (scalar, path) => {
    const { result, flaws } = substituteScalar(scalar, env)
    problems.push(...flaws.map((message) => problemAt(scalar, path, message)))
    return result
  })
  return { root: substituted, problems }
}

function substituteScalar(
  scalar: LocatedScalar,
  env: NodeJS.ProcessEnv,
): { result: LocatedScalar; flaws: string[] } {
  if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) return { result: scalar, flaws: [] }
  const fromEnv: string[] = []
  const flaws: string[] = []
  const value = scalar.value.replaceAll(reference, (whole, name: string | undefined) => {
    if (whole === '$${') return '${'
    const held = name !== undefined && Object.hasOwn(env, name) ? env[name] : undefined
    if (held) fromEnv.push(held)
    else flaws.push(flawOf(name))
    return held ?? whole
  })
  return { result: { ...scalar, value, ...(fromEnv.length > 0 && { fromEnv }) }, flaws }
}

function flawOf(name: string | undefined): string {
  return name === undefined
    ? 'expected the name of an environment variable between the braces; a second "$" before them makes them plain text'
    : english(
        'the environment variable {name} is not set, or empty; set it (export {name}=…), or write {name}=… to the file .env beside the configuration',
        { name },
      )
}

function problemAt({ place }: LocatedScalar, path: ConfigPath, message: string): ConfigProblem {
  return { ...place, path: formatPath(path), message, severity: 'error' }
}

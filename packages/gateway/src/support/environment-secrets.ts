/**
 * Values of the environment that authenticate, by the names of their variables: a log or an error may quote them.
 */

import { secretKeyPattern } from '@moltbot/channel-sdk'

/** `DEEPSEEK_API_KEY`, `AWS_ACCESS_KEY`, `DB_PASS`. */
const secretName = /(?:^|_)(?:key|pass|pwd|auth|dsn)$/i
/** Shorter values are words such as `none`. */
const minLength = 6

export function environmentSecrets(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= minLength && (secretKeyPattern.test(name) || secretName.test(name))
      ? [value]
      : [],
  )
}

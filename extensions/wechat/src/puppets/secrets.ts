/**
 * The secrets of a puppet's configuration. gRPC errors repeat the token that was refused, and an error's text is shown
 * in more places than the log: in the status, and to the person who asks the bot for it.
 */

/** A key like this makes a secret of its value and of all that is below it. */
const secretKey = /(?:token|secret|passw(?:or)?d|api[_-]?key|credentials?|cookie)$/i

/** Every secret string among the options. */
export function secretsIn(options: unknown, isSecret = false): string[] {
  if (typeof options === 'string') return isSecret && options !== '' ? [options] : []
  if (typeof options !== 'object' || options === null) return []
  return Object.entries(options).flatMap(([key, value]) => secretsIn(value, isSecret || secretKey.test(key)))
}

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
}

/**
 * Which values of a configuration or a log line are secret, recognised by their names. Hosts and channels share
 * the rule, so that what one of them hides no other one shows.
 */

/** The name of a setting, a header or a field whose value authenticates, and so does all that is below it. */
export const secretKeyPattern =
  /(?:api[_-]?keys?|token|secret|passw(?:or)?d|credentials?|authorization|cookie)$/i

/**
 * Every secret string in a value, in order, each as often as it occurs; empty ones are left out.
 * @example secretsIn({ endpoint: 'x', token: 't', nested: { apiKeys: ['a', 'b'] } }) // ['t', 'a', 'b']
 */
export function secretsIn(value: unknown, isSecret = false): string[] {
  if (typeof value === 'string') return isSecret && value !== '' ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) =>
    secretsIn(item, isSecret || secretKeyPattern.test(key)),
  )
}

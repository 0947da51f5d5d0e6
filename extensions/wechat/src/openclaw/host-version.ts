/**
 * Which versions of OpenClaw the plugin runs on. Its API changes between releases without notice, so an older host is
 * refused, and a newer one is tried with a warning.
 */

/** The same in `peerDependencies` and `openclaw.install` of package.json, and in `test/openclaw/package.json`. */
export const testedVersions = { oldest: '2026.9.6', newest: '2026.9.6' } as const

/** Why the plugin cannot run on this host. Undefined: it can. */
export function versionRefusal(version: string): string | undefined {
  if (compare(version, testedVersions.oldest) >= 0) return undefined
  return `the WeChat channel needs OpenClaw ${testedVersions.oldest} or newer, and this is ${version}; run: npm install -g openclaw@latest`
}

/** What the operator should know about a host that is newer than the tests. */
export function versionWarning(version: string): string | undefined {
  if (compare(version, testedVersions.newest) <= 0) return undefined
  return `OpenClaw ${version} is newer than ${testedVersions.newest}, the newest version that the WeChat channel was tested with; if something does not work, look for an update: openclaw plugins update wechaty`
}

/** By year, month and number. A version that has none of these counts as the newest tested one. */
function compare(version: string, other: string): number {
  const [ours, theirs] = [partsOf(version), partsOf(other)]
  const differing = ours.findIndex((part, index) => part !== theirs[index])
  return differing === -1 ? 0 : (ours[differing] ?? 0) - (theirs[differing] ?? 0)
}

function partsOf(version: string): number[] {
  const [, ...parts] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []
  return parts.map(Number)
}

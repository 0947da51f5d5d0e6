/**
 * The version that logs and status name: that of this package.
 */

import { readFileSync } from 'node:fs'
import { MoltbotError } from '@moltbot/channel-sdk'

const packageFile = new URL('../package.json', import.meta.url)

export const version: string = versionIn(JSON.parse(readFileSync(packageFile, 'utf8')))

function versionIn(manifest: unknown): string {
  const isNamed = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  if (isNamed && typeof manifest.version === 'string') return manifest.version
  throw new MoltbotError('package-broken', `${packageFile.pathname} has no version; install moltbot again`)
}

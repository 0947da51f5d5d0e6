/**
 * Where the file of a service is, and how it gets there and away: never over a file, or instead of one, that somebody else
 * wrote.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import { readFileIfThere } from '../state/atomic-file.ts'
import { type Daemon, ownMark } from './daemon.ts'
import { launchdLabel, launchdPlist } from './launchd-plist.ts'
import { systemdUnit } from './systemd-unit.ts'

export interface ServiceFile {
  readonly path: string
  readonly text: string
  /** Commands that start it, in this order. */
  readonly start: readonly string[]
  /** Commands that stop it, once the file is removed. */
  readonly stop: readonly string[]
  /** Made by the command that enables it. */
  readonly link?: string
  /** Shows its log. */
  readonly log: string
}

export interface ServicePlace {
  readonly platform: NodeJS.Platform
  readonly env: NodeJS.ProcessEnv
  /** Of the user that the service runs as. */
  readonly home: string
}

/** @throws `no-service-manager` */
export function serviceFile(daemon: Daemon, place: ServicePlace): ServiceFile {
  if (place.platform === 'linux') return systemdFile(daemon, place)
  if (place.platform === 'darwin') return launchdFile(daemon, place)
  const template = 'services are known for systemd (Linux) and launchd (macOS), not for {platform}'
  throw new MoltbotError('no-service-manager', english(template, { platform: place.platform }))
}

function systemdFile(daemon: Daemon, { env, home }: ServicePlace): ServiceFile {
  const isOwn = daemon.user === undefined
  const folder = isOwn
    ? join(env.XDG_CONFIG_HOME || join(home, '.config'), 'systemd/user')
    : '/etc/systemd/system'
  const systemctl = isOwn ? 'systemctl --user' : 'systemctl'
  return {
    path: join(folder, 'moltbot.service'),
    text: systemdUnit(daemon),
    start: [
      `${systemctl} daemon-reload`,
      `${systemctl} enable --now moltbot`,
      ...(isOwn ? ['loginctl enable-linger'] : []),
    ],
    stop: [`${systemctl} stop moltbot`, `${systemctl} daemon-reload`],
    link: join(folder, `${isOwn ? 'default' : 'multi-user'}.target.wants`, 'moltbot.service'),
    log: `journalctl ${isOwn ? '--user ' : ''}-u moltbot -f`,
  }
}

function launchdFile(daemon: Daemon, { home }: ServicePlace): ServiceFile {
  const isOwn = daemon.user === undefined
  const folder = isOwn ? join(home, 'Library/LaunchAgents') : '/Library/LaunchDaemons'
  const path = join(folder, `${launchdLabel}.plist`)
  const domain = isOwn ? `gui/${process.getuid?.() ?? ''}` : 'system'
  return {
    path,
    text: launchdPlist(daemon),
    start: [`launchctl bootstrap ${domain} ${JSON.stringify(path)}`],
    stop: [`launchctl bootout ${domain}/${launchdLabel}`],
    log: 'moltbot logs --follow',
  }
}

/** @throws `service-not-ours` for a file that somebody else wrote; what the file system says */
export function installService({ path, text }: ServiceFile): 'written' | 'replaced' | 'same' {
  const before = readFileIfThere(path)
  if (before === text) return 'same'
  requireOurs(path, before)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o644 })
  return before === undefined ? 'written' : 'replaced'
}

/** @returns false where there is none. @throws as {@link installService} */
export function uninstallService({ path, link }: Pick<ServiceFile, 'path' | 'link'>): boolean {
  const before = readFileIfThere(path)
  if (before === undefined) return false
  requireOurs(path, before)
  rmSync(path)
  if (link !== undefined) rmSync(link, { force: true })
  return true
}

function requireOurs(path: string, content: string | undefined): void {
  if (content === undefined || content.includes(ownMark)) return
  const template =
    '{path} was not written by moltbot; it stays as it is. Move it away first, or edit it by hand'
  throw new MoltbotError('service-not-ours', english(template, { path }))
}

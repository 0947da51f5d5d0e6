/**
 * `alerts` looked at without sending anything: does each way lead somewhere, as far as its form tells?
 * `moltbot alerts test` finds out the rest.
 */

import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Finding } from '@moltbot/channel-sdk'
import { nameOf } from '../alerts/ways.ts'
import type { AlertsConfig, AlertWay } from '../config/alerts-schema.ts'
import { english } from '../language/speech.ts'

export interface AlertsCheck {
  readonly alerts: AlertsConfig
  /** The configuration has the section. */
  readonly isWritten: boolean
  /** Every account, and whether it is enabled. */
  readonly accounts: ReadonlyMap<string, boolean>
  /** `PATH` of the environment. */
  readonly path: string
}

/** Hosts of the robots; an own relay may be elsewhere. */
const robotHosts: Readonly<Record<string, RegExp>> = {
  wecom: /^qyapi\.weixin\.qq\.com$/,
  feishu: /^open\.(?:feishu\.cn|larksuite\.com)$/,
  dingtalk: /^o?api\.dingtalk\.com$/,
  slack: /^hooks\.slack\.com$/,
}
const signed: ReadonlySet<string> = new Set(['feishu', 'dingtalk'])

export function alertsFindings(check: AlertsCheck): Finding[] {
  const { alerts, isWritten, accounts } = check
  if (alerts.to.length === 0) return [noWay(isWritten)]
  const findings = alerts.to.flatMap((way) => wayFindings(way, check))
  if (isAlone(alerts, accounts)) findings.push(aloneFinding())
  if (findings.length > 0) return findings
  const ways = alerts.to.map(nameOf).join(', ')
  return [
    {
      status: 'ok',
      message: english('alerts go to {ways}', { ways }),
      advice: english('try them: moltbot alerts test'),
    },
  ]
}

function noWay(isWritten: boolean): Finding {
  if (!isWritten) return { status: 'ok', message: english('no alerts are configured') }
  const message = english('alerts is configured, but alerts.to is empty, so no alert is sent')
  return { status: 'warning', message, advice: english('add a way to alerts.to, or remove alerts') }
}

function wayFindings(way: AlertWay, { accounts, path }: AlertsCheck): Finding[] {
  switch (way.type) {
    case 'webhook':
      return webhookFindings(way)
    case 'command':
      return isProgram(way.command, path)
        ? []
        : [bad(way, english('there is no program "{command}" on the PATH', { command: way.command }))]
    case 'email':
      return emailFindings(way)
    case 'account':
      return accountFindings(way, accounts)
  }
}

function webhookFindings(way: Extract<AlertWay, { type: 'webhook' }>): Finding[] {
  const { template, secret } = way
  const { protocol, hostname } = new URL(way.url)
  const robot = Object.keys(robotHosts).find((name) => robotHosts[name]?.test(hostname))
  return [
    ...(robot === undefined || robot === template
      ? []
      : [bad(way, english('the address is that of a robot of {robot}; set its template', { robot }))]),
    ...(secret === undefined || signed.has(template)
      ? []
      : [doubtful(way, english('secret has no effect with the template {template}', { template }))]),
    ...(protocol === 'http:' && !isOwnHost(hostname)
      ? [doubtful(way, english('http is not encrypted, and the address may hold a key'))]
      : []),
  ]
}

/** A name without a dot, this machine, or an address. */
const isOwnHost = (hostname: string) => !hostname.includes('.') || /^[\d.]+$/.test(hostname)

function emailFindings(way: Extract<AlertWay, { type: 'email' }>): Finding[] {
  const wrong = [way.from, way.to].filter((address) => !/^[^@]+@[^@]+$/.test(address))
  const host = URL.parse(way.smtp)?.hostname
  return [
    ...wrong.map((address) => bad(way, english('"{address}" is no e-mail address', { address }))),
    ...(host ? [] : [bad(way, english('smtp names no host'))]),
  ]
}

function accountFindings(
  way: Extract<AlertWay, { type: 'account' }>,
  accounts: ReadonlyMap<string, boolean>,
): Finding[] {
  const account = way.accountId
  const isEnabled = accounts.get(account)
  if (isEnabled === true) return []
  const why =
    isEnabled === false
      ? english('account "{account}" is disabled', { account })
      : english('there is no account "{account}"', { account })
  return [bad(way, why)]
}

/** All ways are the only account, which cannot tell of itself. */
function isAlone({ to }: AlertsConfig, accounts: ReadonlyMap<string, boolean>): boolean {
  const enabled = [...accounts].filter(([, isEnabled]) => isEnabled)
  return (
    enabled.length === 1 && to.every((way) => way.type === 'account' && way.accountId === enabled[0]?.[0])
  )
}

function aloneFinding(): Finding {
  const message = english(
    'alerts go through the only account, so you are not told when that account is logged out or has failed',
  )
  return { status: 'warning', message, advice: english('add another way to alerts.to') }
}

function isProgram(command: string, path: string): boolean {
  const places = isAbsolute(command)
    ? [command]
    : command.includes('/')
      ? [join(process.cwd(), command)]
      : path.split(delimiter).map((folder) => join(folder, command))
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const about = (way: AlertWay, why: string) =>
  english('alerts to {way}: {reason}', { way: nameOf(way), reason: why })
const bad = (way: AlertWay, why: string): Finding => ({ status: 'problem', message: about(way, why) })
const doubtful = (way: AlertWay, why: string): Finding => ({ status: 'warning', message: about(way, why) })

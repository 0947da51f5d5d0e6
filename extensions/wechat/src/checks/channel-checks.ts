/**
 * What `doctor` looks at for this channel: are the puppets installed, is there a browser for those that need one, and does
 * the backend answer? Accounts that share a puppet or a server are looked at together.
 */

import { type CheckHost, type Finding, type HealthCheck, messageOf } from '@moltbot/channel-sdk'
import { banWarning, knownPuppet } from '../config/catalogue.ts'
import { type ResolvedAccount, resolveAccounts } from '../config/resolve.ts'
import type { WechatConfig } from '../config/schema.ts'
import { withChromium } from '../puppets/chromium.ts'
import { ilinkEndpoints, reachHostedPuppet } from '../puppets/endpoints.ts'
import { requirePackage } from '../puppets/packages.ts'
import { serviceOptions } from '../puppets/service-options.ts'
import { webhookChecks } from './webhook-checks.ts'

/** Accounts that one line names. */
const maxNamed = 5
/** Servers that are asked; accounts beyond that are looked at by the gateway only. */
const maxServers = 20

const ilink = 'wechaty-puppet-ilink'
const service = 'wechaty-puppet-service'

export function channelChecks(config: WechatConfig, host: CheckHost): HealthCheck[] {
  const accounts = resolveAccounts(config).filter(({ enabled }) => enabled)
  const byPuppet = Map.groupBy(accounts, ({ puppet }) => puppet)
  const puppets = [...byPuppet].map(
    ([puppet, users]): HealthCheck => ({
      about: 'puppet',
      run: async () => [
        ...puppetFindings(puppet, users, host.configDir),
        ...chromiumFindings(users, host.configDir),
      ],
    }),
  )
  return [...puppets, ...backendChecks(byPuppet, host), ...webhookChecks(accounts, host)]
}

function puppetFindings(puppet: string, users: readonly ResolvedAccount[], configDir: string): Finding[] {
  const risk = banWarning(puppet)
  const accounts = namesOf(users)
  try {
    const { version } = requirePackage(puppet, configDir)
    return [
      { status: 'ok', message: `${puppet} ${version} is installed; used by ${accounts}` },
      ...(risk === undefined ? [] : [{ status: 'warning', message: risk } as const]),
    ]
  } catch (error) {
    return [{ status: 'problem', message: messageOf(error) }]
  }
}

function chromiumFindings(users: readonly ResolvedAccount[], configDir: string): Finding[] {
  const browsers = users.filter(({ puppet }) => knownPuppet(puppet)?.needsChromium)
  return uniqueFindings(browsers.map((account) => chromiumFinding(account, configDir)))
}

function chromiumFinding({ puppet, puppetOptions }: ResolvedAccount, configDir: string): Finding {
  try {
    const { folder } = requirePackage(puppet, configDir)
    const { endpoint } = withChromium(puppet, puppetOptions, folder, process)
    const message =
      typeof endpoint === 'string'
        ? `the browser of the puppet is ${endpoint}`
        : 'the browser of the puppet is the one that puppeteer downloaded'
    return { status: 'ok', message }
  } catch (error) {
    return { status: 'problem', message: messageOf(error) }
  }
}

function backendChecks(
  byPuppet: ReadonlyMap<string, readonly ResolvedAccount[]>,
  host: CheckHost,
): HealthCheck[] {
  const { reach, backendProxy } = host
  if (reach === undefined) return []
  const overILink = byPuppet.get(ilink) ?? []
  const hosted = (byPuppet.get(service) ?? []).slice(0, maxServers)
  return [
    ...(overILink.length === 0 ? [] : [ilinkCheck(overILink, reach, backendProxy)]),
    ...hosted.map(
      (account): HealthCheck => ({
        about: 'backend',
        run: async (signal) => [await hostedFinding(account, signal)],
      }),
    ),
  ]
}

type Reach = NonNullable<CheckHost['reach']>

function ilinkCheck(users: readonly ResolvedAccount[], reach: Reach, proxy: URL | undefined): HealthCheck {
  return {
    about: 'backend',
    run: async (signal) => {
      const servers = new Map<string, string>()
      for (const { puppetOptions } of users) {
        const { login, api, cdn } = await ilinkEndpoints(puppetOptions)
        for (const url of [login, api]) servers.set(url, 'iLink')
        servers.set(cdn, "iLink's file server")
      }
      const asked = [...servers].slice(0, maxServers)
      return Promise.all(
        asked.map(([url, what]) => serverFinding(what, new URL(url), { reach, proxy, signal })),
      )
    },
  }
}

interface Asking {
  readonly reach: Reach
  readonly proxy: URL | undefined
  readonly signal: AbortSignal
}

async function serverFinding(what: string, url: URL, { reach, proxy, signal }: Asking): Promise<Finding> {
  const used = isThisMachine(url) ? undefined : proxy
  const via = used === undefined ? 'directly' : `through the proxy ${withoutUser(used)}`
  try {
    await reach(url, used, signal)
    return { status: 'ok', message: `${what} answers at ${url.host}, reached ${via}` }
  } catch (error) {
    return {
      status: 'problem',
      message: `${what} (${url.host}) does not answer, asked ${via}: ${messageOf(error)}`,
    }
  }
}

const withoutUser = ({ protocol, host }: URL) => `${protocol}//${host}`

/** As the puppet decides: a simulator is no matter of a proxy. */
const isThisMachine = ({ hostname }: URL) => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

async function hostedFinding({ id, puppetOptions }: ResolvedAccount, signal: AbortSignal): Promise<Finding> {
  try {
    const place = await reachHostedPuppet(serviceOptions(id, puppetOptions), signal)
    return { status: 'ok', message: `the hosted puppet of ${id} listens at ${place}` }
  } catch (error) {
    return { status: 'problem', message: `the hosted puppet of ${id} cannot be reached: ${messageOf(error)}` }
  }
}

function namesOf(accounts: readonly ResolvedAccount[]): string {
  const names = accounts.slice(0, maxNamed).map(({ id }) => id)
  const more = accounts.length - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
}

function uniqueFindings(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()]
}

/**
 * `dashboard`: a link that lets one browser in, printed and opened.
 */

import { join } from 'node:path'
import { localTime } from '@moltbot/channel-sdk'
import { connectGateway } from '../control/client.ts'
import { writeFileAtomic } from '../state/atomic-file.ts'
import { openInBrowser } from './open-in-browser.ts'
import { type Output, print, show } from './show.ts'

export interface DashboardOptions {
  readonly json?: true
  /** False: print the link only. */
  readonly open: boolean
}

/** @throws `gateway-unreachable` */
export async function openDashboard(
  stateDir: string,
  { json, open }: DashboardOptions,
  output: Output,
): Promise<undefined> {
  const gateway = connectGateway(stateDir)
  const { link, expiresAtMs } = await gateway.call('dashboardLink')
  const url = `${gateway.url}/#link=${link}`
  show(output, json, { url, expiresAtMs }, () => [
    url,
    output.say('The link lets one browser in, until {time}.', { time: localTime(expiresAtMs) }),
  ])
  if (json || !open) return
  if (await openInBrowser(writeDoor(stateDir, url))) return
  const port = new URL(gateway.url).port
  print(output, output.say('No browser could be opened here. From another machine, forward the port first:'))
  print(output, `  ssh -L ${port}:127.0.0.1:${port} ${output.say('<this machine>')}`)
}

/**
 * A page that leads to the link, for its owner only: every user of a machine can read the arguments of a browser that is
 * started. It is worth nothing once the link was used.
 */
function writeDoor(stateDir: string, url: string): string {
  const file = join(stateDir, 'dashboard.html')
  writeFileAtomic(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${url}">\n`)
  return file
}

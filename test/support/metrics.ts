/**
 * Reads `/metrics` of a running gateway, like a scraper with the token.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayHome, RunningGateway } from './gateway.ts'

/** @throws unless the gateway answers with the page */
export async function scrape(home: GatewayHome, gateway: RunningGateway): Promise<string> {
  const { url } = await gateway.line({ event: 'gateway.ready' })
  const token = readFileSync(join(home.stateDir, 'control-token'), 'utf8').trim()
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`)
  return response.text()
}

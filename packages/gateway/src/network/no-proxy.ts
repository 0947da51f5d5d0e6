/**
 * Which hosts are reached directly although there is a proxy: those of `NO_PROXY` or `network.noProxy`, as curl and Go
 * read such a list, and always this machine. Node's own list knows neither networks nor the subdomains of a plain name.
 */

import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** @param list entries such as `*`, `corp.example` (and what is below it), `host:8080`, `10.0.0.0/8` */
export function goesDirect(url: URL, list: readonly string[]): boolean {
  const host = hostOf(url)
  return isLoopback(host) || list.some((entry) => matches(entry.trim().toLowerCase(), host, portOf(url)))
}

/** The entries of a `NO_PROXY` variable. */
export function listOf(variable: string | undefined): string[] {
  return (variable ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || contains(loopback, host)
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isInNetwork(entry, host)
  const { name, onPort } = splitPort(entry)
  if (onPort !== undefined && onPort !== port) return false
  const domain = name.replace(/^\*?\./, '')
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`))
}

function isInNetwork(entry: string, host: string): boolean {
  const [address = '', prefix] = entry.split('/')
  const family = isIP(address)
  const bits = Number(prefix)
  if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false
  const network = new BlockList()
  network.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return contains(network, host)
}

function contains(list: BlockList, host: string): boolean {
  const family = isIP(host)
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

/** An IPv6 address has colons of its own; with a port it is in brackets. */
function splitPort(entry: string): { name: string; onPort?: string | undefined } {
  if (isIP(entry) !== 0) return { name: entry }
  const [, bracketed, plain = '', onPort] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? []
  return { name: bracketed ?? (plain || entry), onPort }
}

/** Without the brackets of an IPv6 address and the dot at the end of a full name. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80')
}

/**
 * Which IP addresses are on the public internet. From the IANA registries of special-purpose addresses (RFC 6890 and
 * its updates), on the safe side: what only may be public is not.
 */

import { BlockList, isIP } from 'node:net'

const specialIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]

/** Global unicast. Outside of it are loopback, link-local, unique-local, multicast, and IPv4 in IPv6 in all its forms. */
const globalIpv6 = ['2000::/3']

/** Protocol assignments with Teredo and ORCHID, documentation, 6to4. */
const specialIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

/** Networks of one's own: loopback, private (RFC 1918, RFC 4193) and carrier-grade NAT, which VPNs use. */
const ownNetworks = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
]

/** In those networks, the services that give keys to a machine of a cloud (Alibaba, Amazon). Others are link-local. */
const metadataServices = ['100.100.100.200/32', 'fd00:ec2::/32']

const special = listOf([...specialIpv4, ...specialIpv6])
const global = listOf(globalIpv6)
const own = listOf(ownNetworks)
const metadata = listOf(metadataServices)

/** False for anything that is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4')
    case 6:
      return global.check(address, 'ipv6') && !special.check(address, 'ipv6')
    default:
      return false
  }
}

/** This machine, and networks of one's own; never link-local addresses and the services that give keys to machines of a cloud. */
export function isOwnNetworkAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 0) return false
  const type = version === 6 ? 'ipv6' : 'ipv4'
  return own.check(address, type) && !metadata.check(address, type)
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

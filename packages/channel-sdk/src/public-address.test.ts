import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOwnNetworkAddress, isPublicAddress } from './public-address.ts'

describe('a public address', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.215.14',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.0.1',
    '2606:4700::1111',
    '2a00::1',
  ])('is %s', (address) => expect(isPublicAddress(address)).toBe(true))
})

describe('no public address', () => {
  it.each([
    ['this host', ['0.0.0.0', '127.0.0.1', '127.255.255.254', '::', '::1']],
    ['a private network', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12::1']],
    ['a link', ['169.254.169.254', 'fe80::1', 'fe80::1%eth0']],
    ['a shared network', ['100.64.0.1', '100.127.255.255']],
    ['many', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1']],
    [
      'kept for other uses',
      ['192.0.0.8', '192.0.2.1', '198.18.0.1', '203.0.113.1', '240.0.0.1', '2001:db8::1', '3fff::1'],
    ],
    [
      'IPv4 in IPv6',
      [
        '::ffff:1.1.1.1',
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        '::127.0.0.1',
        '64:ff9b::7f00:1',
        '2002:7f00:1::',
        '2001:0:7f00:1::',
      ],
    ],
    ['no address', ['', 'localhost', '1.1.1', '0x7f000001', '1.1.1.1.', '01.1.1.1']],
  ])('is that of %s', (_, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([])
  })

  it('becomes one for being written in IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublicAddress(`::ffff:${address}`)).toBe(false)
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(false)
      }),
    )
  })
})

describe('an address of an own network', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fc00::1',
    'fd12::1',
    '::ffff:127.0.0.1',
  ])('is %s', (address) => expect(isOwnNetworkAddress(address)).toBe(true))

  it.each([
    [
      'gives keys to machines of a cloud',
      ['169.254.169.254', '100.100.100.200', '::ffff:100.100.100.200', 'fd00:ec2::254'],
    ],
    ['is of a link', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0']],
    ['is public', ['1.1.1.1', '2606:4700::1111', '172.32.0.0']],
    ['means any address, or many', ['0.0.0.0', '::', '224.0.0.1', '255.255.255.255', 'ff02::1']],
    ['is IPv4 in IPv6', ['::ffff:169.254.169.254', '64:ff9b::7f00:1', '2002:7f00:1::']],
    ['is no address', ['', 'localhost', '127.1']],
  ])('is none that %s', (_, addresses) => {
    expect(addresses.filter(isOwnNetworkAddress)).toEqual([])
  })
})

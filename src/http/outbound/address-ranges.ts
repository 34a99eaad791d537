/** Which addresses belong to anybody on the internet, and not to this machine or the networks around it. */
import { BlockList, isIP, isIPv6 } from 'node:net'

/** @see RFC 6890, and the IANA registry of special-purpose IPv4 addresses */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Of IPv6 only this part is given to anybody, @see RFC 4291 section 2.4: mapped, local and multicast ones lie outside. */
const GLOBAL_V6 = ['2000::/3']
/** Within it: protocols, Teredo, documentation, and 6to4, which holds an IPv4 address. */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const SPECIAL = blockListOf([...SPECIAL_V4, ...SPECIAL_V6])
const GLOBAL = blockListOf(GLOBAL_V6)

/** @param address an IPv4 or IPv6 address without a zone; anything else is not public */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || holds(SPECIAL, address)) return false
  return isIPv6(address) ? holds(GLOBAL, address) : true
}

/** @param ranges addresses, or ranges such as `10.0.0.0/8` */
export function addressesIn(ranges: readonly string[]): (address: string) => boolean {
  const list = blockListOf(ranges)
  return (address) => isIP(address) !== 0 && holds(list, address)
}

/** Each family by itself: an IPv4 range says nothing of IPv6 addresses that hold one of it. */
function holds(list: BlockList, address: string): boolean {
  if (isIPv6(address)) return !isMapped(address) && list.check(address, 'ipv6')
  return list.check(address, 'ipv4')
}

function isMapped(address: string): boolean {
  return MAPPED.check(address, 'ipv6')
}

const MAPPED = blockListOf(['::ffff:0:0/96'])

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

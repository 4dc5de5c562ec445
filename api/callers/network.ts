import ipaddr from 'ipaddr.js'

/** What one caller has whole, as a text: an address of IPv4 however it is written, of IPv6 the network (`2001:db8:0:1:…` -> `2001:db8:0:1`). */
export function network (address: string): string {
  if (!ipaddr.isValid(address)) return address
  const ip = ipaddr.process(address)
  return ip.kind() === 'ipv4' ? ip.toString() : ip.toNormalizedString().split(':').slice(0, 4).join(':')
}

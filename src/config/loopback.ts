import { isIPv4 } from 'node:net'

/** Can only this machine reach it? @param host name or address; IPv6 with or without brackets */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
  )
}

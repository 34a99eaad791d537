/** Is there a key between the lines of a PEM or armored block, or only a placeholder? */

const DER_SEQUENCE = 0x30
const OPENSSH_MAGIC = 'openssh-key-v1'
const LONG_ENOUGH = 64

/**
 * @param body between the lines, perhaps within a string of a program or of JSON
 * @param match from the first line on
 * @see RFC 7468; PROTOCOL.key of OpenSSH; RFC 9580 section 6.2
 */
export function isPrivateKey(body: string, match: string): boolean {
  const base64 = base64In(body)
  if (base64.length < LONG_ENOUGH || /^(.)\1+$/.test(base64)) return false
  if (/PGP|ENCRYPTED|SSH2/.test(match.slice(0, 512))) return true
  const bytes = Buffer.from(base64.slice(0, 32), 'base64')
  return bytes[0] === DER_SEQUENCE || bytes.toString('latin1').startsWith(OPENSSH_MAGIC)
}

/** Without headers, line ends written as `\n`, and what a program's string puts around each line. */
function base64In(body: string): string {
  return body
    .replace(/\\+[nrt]/g, '\n')
    .replace(/^[A-Za-z-]+: .*$/gm, '')
    .replace(/["'`,;]\s*\+?/g, '')
    .replace(/[\s\\>|#*]/g, '')
    .replace(/[^A-Za-z0-9+/][^]*$/, '')
}

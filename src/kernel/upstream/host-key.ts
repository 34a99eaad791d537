/** The key by which an SSH server is known, as somebody pins it. */
import { fingerprintOf, publicKeyFault } from './public-key.ts'
import { takeString } from './wire-string.ts'

/** As in a line of known_hosts or of a `.pub` file; what stands behind is a comment. @see sshd(8) */
const FORM = /^([a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/

/** @returns what is wrong with it, or `null` */
export function hostKeyFault(text: string): string | null {
  const [, algorithm, base64 = ''] = FORM.exec(text.trim()) ?? []
  if (algorithm === undefined)
    return 'is not of the form "<algorithm> <base64>", e.g. as ssh-keyscan prints it'
  const blob = Buffer.from(base64, 'base64')
  if (String(takeString(blob)?.value) !== algorithm) return 'holds a key of another algorithm than it says'
  return publicKeyFault(blob)
}

/** Without a comment: `<algorithm> <base64>`. @param text in which `hostKeyFault` finds nothing */
export function parseHostKey(text: string): string {
  const [algorithm = '', base64 = ''] = text.trim().split(' ')
  return `${algorithm} ${base64}`
}

/** @param hostKey as `parseHostKey` gives it */
export function hostKeyFingerprint(hostKey: string): string {
  return fingerprintOf(Buffer.from(hostKey.split(' ')[1] ?? '', 'base64'))
}

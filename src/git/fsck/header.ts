/** The lines before the message of a commit or a tag: whole, without NUL. @see git's fsck.c, verify_headers */

const NUL = 0

/** `nul`: the message has one. */
export type Header =
  { readonly text: string; readonly nul: boolean } | { readonly fault: 'nulInHeader' | 'unterminatedHeader' }

/** @returns `text`: bytes as characters; each line ends with a line feed */
export function readHeader(content: Buffer): Header {
  const blank = content.indexOf('\n\n')
  const nul = content.indexOf(NUL)
  if (nul >= 0 && (blank < 0 || nul < blank)) return { fault: 'nulInHeader' }
  if (blank < 0 && !endsWithLine(content)) return { fault: 'unterminatedHeader' }
  const end = blank < 0 ? content.length : blank + 1
  return { text: content.toString('latin1', 0, end), nul: nul >= 0 }
}

function endsWithLine(content: Buffer): boolean {
  return content.at(-1) === 0x0a
}

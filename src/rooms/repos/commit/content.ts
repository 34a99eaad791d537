/** Contents of files as JSON carries them. */
import { isWellFormed } from '../../../git/writing/path-rules.ts'

export interface Content {
  readonly content: string
  readonly encoding: 'utf-8' | 'base64'
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** @returns why the text is not in its encoding, or `null`. @see RFC 4648, section 4 */
export function contentFault({ content, encoding }: Content): string | null {
  if (encoding === 'utf-8')
    return isWellFormed(content) ? null : 'is not well-formed Unicode; send it as base64'
  return isBase64(content) ? null : 'is not base64 with padding and without line breaks'
}

/** Without decoding anything. */
export function decodedBytes({ content, encoding }: Content): number {
  if (encoding === 'utf-8') return Buffer.byteLength(content)
  const padding = content.endsWith('==') ? 2 : content.endsWith('=') ? 1 : 0
  return (content.length / 4) * 3 - padding
}

export function decode({ content, encoding }: Content): Buffer {
  return Buffer.from(content, encoding)
}

/** The bits that padding leaves over must be zero: one content, one text. */
function isBase64(text: string): boolean {
  const end = text.slice(-4)
  return text.length % 4 === 0 && BASE64.test(text) && Buffer.from(end, 'base64').toString('base64') === end
}

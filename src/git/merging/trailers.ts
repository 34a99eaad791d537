/** Trailers at the end of a commit message. @see git-interpret-trailers(1) */
import type { Identity } from '../../kernel/identity.ts'

const TRAILER = /^[A-Za-z0-9-]+[ \t]*:[ \t]*\S/
const CONTINUED = /^[ \t]+\S/
const CO_AUTHOR = /^co-authored-by[ \t]*:.*<([^>]*)>/gim

/**
 * Adds `Co-authored-by` for each of `authors` that the message does not name yet, once.
 *
 * @param by whose commit it will be: he is no co-author
 */
export function withCoAuthors(message: string, authors: readonly Identity[], by: Identity): string {
  const body = message.replace(/\r\n?/g, '\n').trimEnd()
  const named = new Set([by.email, ...[...body.matchAll(CO_AUTHOR)].map(([, email = '']) => email)].map(fold))
  const trailers: string[] = []
  for (const { name, email } of authors) {
    if (named.has(fold(email))) continue
    named.add(fold(email))
    trailers.push(`Co-authored-by: ${name} <${email}>`)
  }
  if (trailers.length === 0) return message
  return `${body}${endsInTrailers(body) ? '\n' : '\n\n'}${trailers.join('\n')}\n`
}

/** The first paragraph is the subject, whatever it looks like. */
function endsInTrailers(body: string): boolean {
  const [, ...paragraphs] = body.split(/\n[ \t]*\n/)
  const lines = paragraphs.at(-1)?.split('\n') ?? []
  return lines.length > 0 && lines.every((line, i) => TRAILER.test(line) || (i > 0 && CONTINUED.test(line)))
}

function fold(email: string): string {
  return email.trim().toLowerCase()
}

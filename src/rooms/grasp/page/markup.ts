/** HTML in which every text is escaped unless it is markup itself, and the page around it. Knows no repository. */
import { createHash } from 'node:crypto'

export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | Markup | readonly Markup[] | null

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A template whose values are escaped, for text and for quoted attributes; `null` is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(String.raw({ raw: parts }, ...values.map(textOf)))
}

function textOf(value: Value): string {
  if (value === null) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('\n')
  return isolated(String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? ''))
}

/** Controls of writing direction would change how the rest of the line is read. @see Unicode UAX #9 */
function isolated(text: string): string {
  return text.replace(/[\u202A-\u202E\u2066-\u2069]/g, '')
}

const STYLE = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 14px/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
pre { padding: .75rem; overflow-x: auto; background: rgb(128 128 128 / .12) }
table { border-spacing: 0 } td { padding: .1rem 1.5rem .1rem 0; overflow-wrap: anywhere }
p.note { border-left: 4px solid #c80; padding-left: .75rem }
:root { color-scheme: light dark }
`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Nothing is loaded, run, sent or framed. @see Content Security Policy Level 3 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
}

/** A whole page. */
export function page(title: string, body: Markup): string {
  const head = html`<meta charset="utf-8" /><meta name="viewport" content="width=device-width" />
    <title>${title}</title>`
  const style = new Markup(`<style>${STYLE}</style>`)
  return html`<!doctype html>
    <html lang="en">
      <head>
        ${head}${style}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text
}

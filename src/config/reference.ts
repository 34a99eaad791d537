/** docs/config.md, from the table of settings. A test fails while the two differ. */
import { CONFIG_FILE, type Setting, SETTINGS } from './settings.ts'

const INTRODUCTION = `# Settings

All are variables of the environment, and none is required. An empty one counts as not set. A file named by \`${CONFIG_FILE}\` may hold them as well, as a JSON object or as \`KEY=value\` lines; the environment comes before the file. All that is wrong is reported at once and the server does not start; what weakens it is refused, or shown as a warning at every start.

Sizes are bytes, or a number with \`KiB\`, \`MiB\`, \`GiB\` or \`TiB\` behind it. Switches are \`on\` and \`off\` (also \`1\`, \`0\`, \`true\`, \`false\`). Secrets (**secret**) are never printed.

| variable | default | meaning |
| --- | --- | --- |
`

/** Generated from \`src/config/settings.ts\`; \`UPDATE_DOCS=1\` makes the test write it. */
export function renderConfigReference(): string {
  const rows = Object.entries<Setting>(SETTINGS).map(([name, setting]) => renderRow(name, setting))
  return `${INTRODUCTION}${rows.join('\n')}\n`
}

function renderRow(name: string, { about, default: text, otherwise, secret, unit }: Setting): string {
  const value = text === null ? (otherwise ?? 'not set') : `\`${text}\``
  const notes = [secret ? ' **Secret.**' : '', unit === undefined ? '' : ` In ${unit}.`]
  return `| \`${name}\` | ${value} | ${(about + notes.join('')).replaceAll('|', '\\|')} |`
}

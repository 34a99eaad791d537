/** docs/errors.md, from the tables of errors and refusals. A test fails while the two differ. */
import { ERRORS, REFUSALS } from '../kernel/errors.ts'

const ERRORS_HEAD = `# Errors

Every failure of the API has one shape:

\`\`\`json
{ "error": { "code": "NOT_FOUND", "message": "repository not found", "details": null } }
\`\`\`

\`code\` is stable, \`message\` is for people, \`details\` says what to do next. For \`VALIDATION_ERROR\` it is a list of \`{path, message}\`, all faults of the body at once; for \`FORBIDDEN\` \`{required, missing}\`, where \`missing\` is \`scope\` when another credential of the same account would do and \`role\` when an owner must grant more. 405 has \`Allow\`; 429 and 503 have \`Retry-After\`; 401 has a \`WWW-Authenticate\` for Bearer and one for Basic. Routes for git answer with the message in plain text instead, because git shows it. Quote \`X-Request-Id\` when you ask somebody for help.

| status | code | message | raised as |
| --- | --- | --- | --- |
`

const REFUSALS_HEAD = `
## Refused refs of a push

A push is answered with 200 and one line for each ref; git shows the reason behind \`! [remote rejected]\` and the hint behind \`remote:\`.

| reason | hint | raised as |
| --- | --- | --- |
`

/** Generated from \`src/kernel/errors.ts\`; \`UPDATE_DOCS=1\` makes the test write it. */
export function renderErrorsPage(): string {
  const errors = Object.entries(ERRORS)
    .map(([name, { status, envelope, message }]) => ({ name, status, envelope, message }))
    .sort((a, b) => a.status - b.status || order(a.envelope, b.envelope))
    .map((e) => row(String(e.status), `\`${e.envelope}\``, e.message, `\`${e.name}\``))
  const refusals = Object.entries(REFUSALS).map(([name, { reason, hint }]) =>
    row(reason, hint ?? '', `\`${name}\``),
  )
  return `${ERRORS_HEAD}${errors.join('')}${REFUSALS_HEAD}${refusals.join('')}`
}

/** By code unit: the same on every machine. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
}

import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERRORS, REFUSALS } from '../kernel/errors.ts'
import { renderErrorsPage } from './errors-page.ts'

const PAGE = new URL('../../docs/errors.md', import.meta.url)

test('docs/errors.md says what the server does; UPDATE_DOCS=1 writes it', () => {
  const page = renderErrorsPage()
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, page)
  expect(readFileSync(PAGE, 'utf8')).toBe(page)
})

test('every error and every refusal has its row', () => {
  const page = renderErrorsPage()
  for (const name of [...Object.keys(ERRORS), ...Object.keys(REFUSALS)])
    expect(page).toContain(` \`${name}\` |`)
})

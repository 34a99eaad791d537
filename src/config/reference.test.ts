import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderConfigReference } from './reference.ts'
import { SETTINGS } from './settings.ts'

const PAGE = new URL('../../docs/config.md', import.meta.url)

test('docs/config.md says what the server does; UPDATE_DOCS=1 writes it', () => {
  const page = renderConfigReference()
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, page)
  expect(readFileSync(PAGE, 'utf8')).toBe(page)
})

test('every setting has its row, and the page is the same on every machine', () => {
  const page = renderConfigReference()
  for (const name of Object.keys(SETTINGS)) expect(page).toContain(`\n| \`${name}\` | `)
  expect(page).not.toMatch(/undefined|null|\[object/)
})

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EVENT_TYPES } from '../kernel/event-types.ts'
import { renderEventsPage } from './events-page.ts'

const PAGE = new URL('../../docs/events.md', import.meta.url)
const SOURCE = new URL('../', import.meta.url)

test('docs/events.md says what the server tells; UPDATE_DOCS=1 writes it', () => {
  const page = renderEventsPage()
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, page)
  expect(readFileSync(PAGE, 'utf8')).toBe(page)
})

test('no source names a type of a known family that is not in the table', () => {
  const families = new Set(Object.keys(EVENT_TYPES).flatMap((type) => type.split('.').slice(0, -1)))
  const literal = new RegExp(`'((?:${[...families].join('|')})\\.[a-z_]+)'`, 'g')
  const named = sources().flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(literal)].map(([, type]) => type),
  )
  const unknown = [...new Set(named)].filter((type) => !Object.hasOwn(EVENT_TYPES, String(type)))
  expect(named.length).toBeGreaterThan(30)
  expect(unknown.toSorted()).toEqual(NO_EVENTS.toSorted())
})

/** Names of a file, of fields and of a policy that look like it. */
const NO_EVENTS = ['key.secret', 'scan.enabled', 'scan.rules', 'scan.allow', 'scan.secrets']

/** Of the server. */
function sources(): URL[] {
  return ['compose', 'http', 'kernel', 'rooms', 'store'].flatMap((folder) =>
    readdirSync(new URL(folder, SOURCE), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => new URL(`${folder}/${name}`, SOURCE)),
  )
}

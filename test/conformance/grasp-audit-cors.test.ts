/** The tests of the public compliance tool, by its names: pages of any origin may ask. @see GRASP-01, CORS */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerStatePushed } from '../support/audit.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

const UNKNOWN = '/npub1test/test.git'
const PLACES = [
  '/',
  `${UNKNOWN}/info/refs`,
  `${UNKNOWN}/git-upload-pack`,
  '/nothing/here',
  '/repos/a/b/c/d/e',
]

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** Each of them once: a browser refuses what was said twice. */
async function headerOf(place: string, name: string, method = 'GET'): Promise<string> {
  const answer = await fetch(new URL(place, w.url), { method })
  await answer.arrayBuffer()
  return answer.headers.get(name) ?? ''
}

function words(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((word) => word.trim())
}

describe('cors', () => {
  test.each(PLACES)('cors_allow_origin %s', async (place) => {
    expect(await headerOf(place, 'access-control-allow-origin')).toBe('*')
  })

  test.each(PLACES)('cors_allow_methods %s', async (place) => {
    const methods = words(await headerOf(place, 'access-control-allow-methods'))
    expect(methods).toEqual(expect.arrayContaining(['get', 'post']))
    expect(new Set(methods).size).toBe(methods.length)
  })

  test.each(PLACES)('cors_allow_headers %s', async (place) => {
    const headers = words(await headerOf(place, 'access-control-allow-headers'))
    expect(headers).toContain('content-type')
    expect(new Set(headers).size).toBe(headers.length)
  })

  test.each(PLACES)('cors_options_preflight %s', async (place) => {
    const answer = await fetch(new URL(place, w.url), { method: 'OPTIONS' })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-methods')).toContain('POST')
    expect(words(answer.headers.get('access-control-allow-headers') ?? '')).toContain('content-type')
  })

  test('cors_on_real_repo', async () => {
    const { url } = await ownerStatePushed(w)
    const asked = [`${url}/info/refs?service=git-upload-pack`, url, `${url}/nothing`]
    for (const place of asked) expect(await headerOf(place, 'access-control-allow-origin')).toBe('*')
    const answer = await fetch(`${url}/git-upload-pack`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-git-upload-pack-request', origin: 'https://page.example' },
      body: '0000',
    })
    await answer.arrayBuffer()
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })
})

/** Lists of very many refs: compressed for those who ask often, and the same to everybody. */
import { expect, test, vi } from 'vitest'
import { world } from '../support/world.ts'

test('a large list is gzipped once it is asked for again, and holds the same bytes', async () => {
  await using w = await world({ visibility: 'public' })
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a', 'a')
  await w.agent.ok('push', '-q', 'origin', 'main')
  const names = Array.from({ length: 2_000 }, (_, i) => `create refs/heads/b${i} ${head}\n`)
  const made = await w.owner.gitWith({ cwd: w.repo.path, input: names.join('') }, 'update-ref', '--stdin')
  expect(made.output).toBe('')

  const list = `${w.repo.url}/info/refs?service=git-upload-pack`
  const ask = async (encoding: string) => {
    const answer = await fetch(list, { headers: { 'accept-encoding': encoding } })
    return { encoding: answer.headers.get('content-encoding'), text: await answer.text() }
  }
  const plain = await ask('identity')
  expect(plain.encoding).toBeNull()
  expect(plain.text).toContain('refs/heads/b1999')
  const zipped = await vi.waitUntil(async () => {
    const answer = await ask('deflate, gzip')
    return answer.encoding === 'gzip' && answer
  })
  expect(zipped.text).toBe(plain.text)

  const lines = (await w.owner.ok('ls-remote', w.repo.url)).split('\n')
  expect(lines).toHaveLength(2_002)
  await w.agent.ok('push', '-q', 'origin', 'main:refs/heads/newest')
  expect((await ask('deflate, gzip')).text).toContain('refs/heads/newest')
})

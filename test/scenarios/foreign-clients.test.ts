/**
 * Other implementations of git as clients. Those that are no packages of npm are installed by
 * `.ci/run`, which names them in the environment: `SLUICE_TEST_PYTHON` is a Python with dulwich and
 * pygit2, `SLUICE_TEST_JGIT` a class path of JGit. With `SLUICE_TEST_REQUIRE_CLIENTS=1` a missing
 * one fails instead of passing unseen.
 */
import { expect, test } from 'vitest'
import { ForeignClient } from '../support/foreign-client.ts'
import { world } from '../support/world.ts'

const PYTHON = process.env['SLUICE_TEST_PYTHON']
const JGIT = process.env['SLUICE_TEST_JGIT']
const MUST_BE_THERE = process.env['SLUICE_TEST_REQUIRE_CLIENTS'] === '1'

/** `null`: the variable that would name it is not set. */
const CLIENTS: readonly { readonly name: string; readonly command: readonly string[] | null }[] = [
  { name: 'isomorphic-git', command: [process.execPath, 'isomorphic-client.mjs'] },
  { name: 'dulwich', command: PYTHON ? [PYTHON, 'dulwich_client.py'] : null },
  { name: 'libgit2', command: PYTHON ? [PYTHON, 'pygit2_client.py'] : null },
  { name: 'JGit', command: JGIT ? ['java', '-cp', JGIT, 'JGitClient.java'] : null },
]

for (const { name, command } of CLIENTS) {
  const skipped = command === null && !MUST_BE_THERE
  test.skipIf(skipped)(
    `${name} clones, pushes, fetches, tags and deletes, and is shown why a push was refused`,
    { timeout: 60_000 },
    async () => {
      if (command === null) expect.fail(`${name} is not installed: run .ci/run, or see the top of this file`)
      await using w = await world()
      await w.owner.start(w.repo.url)
      const first = await w.owner.commit('a.txt', 'first\n')
      await w.owner.ok('push', 'origin', 'main', 'main:old')

      await using client = new ForeignClient(command, w.agent, w.repo.url)
      expect(await client.do('clone')).toBe(first)
      const second = await client.do('commit', 'b.txt', 'second')
      await client.do('push', 'refs/heads/main:refs/heads/main')
      expect(await w.owner.ok('ls-remote', 'origin', 'refs/heads/main')).toContain(second)

      await w.owner.ok('pull', '-q', 'origin', 'main')
      const third = await w.owner.commit('c.txt', 'third\n')
      await w.owner.ok('push', 'origin', 'main')
      expect(await client.do('fetch', 'refs/heads/main')).toBe(third)

      await client.do('tag', 'v1')
      await client.do('push', 'refs/tags/v1:refs/tags/v1')
      expect(await w.owner.ok('ls-remote', 'origin', 'refs/tags/v1^{}')).toContain(second)
      await client.do('push', ':refs/heads/old')
      expect(await w.owner.ok('ls-remote', 'origin', 'refs/heads/old')).toBe('')

      await expect(client.do('push', 'refs/heads/main:refs/pull/1/head')).rejects.toThrow('reserved ref')
      expect((await w.pushes()).map(({ data }) => data.refs.map(({ ref }) => ref))).toEqual([
        ['refs/heads/main', 'refs/heads/old'],
        ['refs/heads/main'],
        ['refs/heads/main'],
        ['refs/tags/v1'],
        ['refs/heads/old'],
      ])
      expect((await w.onServer('fsck', '--strict')).code).toBe(0)
    },
  )
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runGit } from '../../../test/support/actor.ts'
import { writeGitConfig } from './git-config-text.ts'

test('git reads back exactly what was written', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-config-'))
  const path = join(dir, 'config')
  const odd = ' a "quoted" \\ back; #slash\tand é '
  const settings = [
    ['http.https://a.example/b.git.extraHeader', `Authorization: ${odd}`],
    ['http.proxy', ''],
    ['core.askPass', odd],
  ] as const
  try {
    await writeFile(path, writeGitConfig(settings))
    for (const [key, value] of settings)
      expect((await runGit(['config', '-z', '-f', path, '--get', key], { cwd: dir })).stdout).toBe(
        `${value}\0`,
      )
  } finally {
    await rm(dir, { recursive: true })
  }
})

test.each(['a\nb', 'a\rb', 'a\0b'])('a value with a line break or NUL is written by nobody: %j', (value) => {
  expect(() => writeGitConfig([['http.proxy', value]])).toThrow()
  expect(() => writeGitConfig([[`http.${value}.proxy`, 'x']])).toThrow()
})

/** One server takes small pushes itself, the other leaves them to git: nobody can tell them apart by what they answer or keep. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ObjectFormat } from '../../src/kernel/ids.ts'
import { pushBody, raw, readBands } from '../support/raw-git.ts'
import { corpus, corpusBase, type CorpusPush } from '../support/small-push-corpus.ts'
import { Client } from '../support/store.ts'
import { world, type World } from '../support/world.ts'

describe.each(['sha1', 'sha256'] as const)('with %s', (format) => {
  let quick: World
  let plain: World
  let pushes: readonly CorpusPush[]
  beforeAll(async () => {
    quick = await world({ objectFormat: format })
    plain = await world({ objectFormat: format, settings: { SLUICE_SMALL_PUSHES: 'off' } })
    const client = new Client(quick.agent.dir, format)
    const base = corpusBase(client)
    pushes = corpus(client, base, format)
    const main = { name: 'main', ref: 'heads/main', tip: base.tip, pack: base.pack, by: 'taken' } as const
    expect(await push(quick, format, main)).toEqual(await push(plain, format, main))
  })
  afterAll(async () => {
    await quick[Symbol.asyncDispose]()
    await plain[Symbol.asyncDispose]()
  })

  test('each push gets the same answer, and only unusual ones are left to git', async () => {
    for (const sent of pushes) {
      const before = await leftToGit(quick)
      const [answer, expected] = await Promise.all([push(quick, format, sent), push(plain, format, sent)])
      expect.soft(answer, sent.name).toEqual(expected)
      expect.soft((await leftToGit(quick)) > before ? 'left' : 'taken', sent.name).toBe(sent.by)
    }
  })

  test('afterwards both have the same refs, objects and events, and git finds no fault', async () => {
    for (const look of [
      ['for-each-ref'],
      ['cat-file', '--batch-all-objects', '--batch-check'],
      ['fsck', '--strict', '--no-dangling'],
    ])
      expect(await looked(quick, look)).toBe(await looked(plain, look))
    expect(await told(quick)).toEqual(await told(plain))
  })
})

/** @returns the lines of the report */
async function push(w: World, format: ObjectFormat, { name, ref, tip, pack }: CorpusPush): Promise<string[]> {
  const zero = '0'.repeat(tip.length)
  const branch = `heads/${name.replace(/\W+/g, '-')}`
  const body = pushBody({
    updates: [{ ref: `refs/${ref ?? branch}`, old: zero, new: tip }],
    capabilities: `report-status side-band-64k object-format=${format}`,
    pack,
  })

  const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body })
  expect(answer.status).toBe(200)
  return readBands(answer.body).report
}

async function leftToGit(w: World): Promise<number> {
  const text = await (await w.owner.fetch(`${w.url}/metrics`)).text()
  const counts = [...text.matchAll(/^sluice_small_pushes_left_to_git_total\{.*\} (\d+)$/gm)]
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}

async function looked(w: World, command: readonly string[]): Promise<string> {
  return (await w.onServer(...command)).output
}

async function told(w: World) {
  return (await w.pushes()).map(({ data: { refs } }) => refs)
}

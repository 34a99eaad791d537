/** The server is killed at every step of a commit by REST: it is wholly there or not at all, and told of once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import type { Mishap } from '../support/doomed/server.ts'
import { openHost, type Host } from '../support/host.ts'

type Outcome = 'absent' | 'recovered' | 'complete'

/** A few files are loose objects, many are a pack. */
const STEPS: readonly (Mishap & { readonly outcome: Outcome; readonly files: number })[] = [
  { what: 'SIGKILL', step: 'before checkConnectivity', outcome: 'absent', files: 1 },
  { what: 'SIGKILL', step: 'after sync', outcome: 'absent', files: 60 },
  { what: 'SIGKILL', step: 'after prepare', outcome: 'absent', files: 1 },
  { what: 'SIGKILL', step: 'after open', outcome: 'recovered', files: 1 },
  { what: 'SIGKILL', step: 'after open', outcome: 'recovered', files: 60 },
  { what: 'power cut', step: 'halfway migrate', outcome: 'recovered', files: 1 },
  { what: 'power cut', step: 'halfway migrate', outcome: 'recovered', files: 60 },
  { what: 'SIGKILL', step: 'after migrate', outcome: 'recovered', files: 1 },
  { what: 'power cut', step: 'halfway commit', outcome: 'recovered', files: 60 },
  { what: 'SIGKILL', step: 'after commit', outcome: 'recovered', files: 1 },
  { what: 'SIGKILL', step: 'before syncRefs', outcome: 'recovered', files: 60 },
  { what: 'SIGKILL', step: 'before complete', outcome: 'recovered', files: 1 },
  { what: 'SIGKILL', step: 'after complete', outcome: 'complete', files: 60 },
]

describe('a commit by REST', () => {
  let host: Host
  let agent: Actor
  beforeAll(async () => {
    host = await openHost()
    agent = await host.actor('agent')
  })
  afterAll(() => host[Symbol.asyncDispose]())

  const commit = (files: number, content: string) => {
    const changes = Array.from({ length: files }, (_, i) => ({ action: 'put', path: `d/${i}`, content }))
    const url = `${host.server.url}/repos/acme/app/commits`
    return agent.fetch(url, {
      method: 'POST',
      body: JSON.stringify({ branch: 'main', message: content, changes }),
    })
  }

  test.each(STEPS.map((step, n) => ({ ...step, n })))(
    '$what $step, $files files: $outcome',
    async ({ outcome, files, n, ...mishap }) => {
      const acknowledged = (await (await commit(1, `before ${n}`)).json()) as { sha: string }
      const before = await host.pushes()
      await host.server.arm(mishap)
      await expect(commit(files, `change ${n}`)).rejects.toThrow()
      expect(await host.server.ended).toBe('SIGKILL')

      await host.start()
      const head = (await host.refs()).get('refs/heads/main') ?? ''
      const { stdout } = await host.onServer('log', '-1', '--format=%s %P', head)
      const events = (await host.pushes()).slice(before.length)
      if (outcome === 'absent') {
        expect([head, events]).toEqual([acknowledged.sha, []])
      } else {
        expect(stdout.trim()).toBe(`change ${n} ${acknowledged.sha}`)
        expect(events.map(({ data }) => [data.refs[0]?.newOid, data.recovered ?? false])).toEqual([
          [head, outcome === 'recovered'],
        ])
      }
      expect(await host.leftovers()).toEqual([])
      const fsck = await host.onServer('fsck', '--strict', '--no-dangling')
      expect([fsck.code, fsck.output]).toEqual([0, ''])
      expect((await commit(1, `after ${n}`)).status).toBe(201)
    },
  )
})

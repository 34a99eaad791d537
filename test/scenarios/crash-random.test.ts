/** Several agents push while the server is killed at any moment, again and again. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { Dice } from '../support/dice.ts'
import { openHost, type Host } from '../support/host.ts'

const PUSHES_EACH = 15
const MAX_LIFE_MS = 500

interface Pushed {
  readonly commit: string
  readonly acknowledged: boolean
}

test('of 60 pushes through a server that is killed at random, none that was acknowledged is lost and each is told once', async () => {
  await using host = await openHost()
  const agents = await Promise.all(['ann', 'ben', 'cat', 'dan'].map((name) => host.actor(name)))
  const killer = killAtRandom(host, new Dice(20))
  const histories = await Promise.all(agents.map((agent) => pushOften(agent, host, killer.serving)))
  const kills = await killer.stop()

  expect(kills).toBeGreaterThanOrEqual(3)
  expect(histories.flat().filter((push) => push.acknowledged).length).toBeGreaterThan(0)
  expect(await host.leftovers()).toEqual([])
  expect((await host.onServer('fsck', '--strict')).code).toBe(0)
  for (const [i, agent] of agents.entries()) await expectHistory(host, agent.name, histories[i] ?? [])
}, 60_000)

/** A life lasts for a random time: the moment of death shall be any. */
function killAtRandom(host: Host, dice: Dice) {
  let stopped = false
  let kills = 0
  let serving = Promise.resolve()
  const restart = async () => {
    await host.server.kill()
    await host.start()
    kills++
  }
  const loop = async () => {
    while (!stopped) {
      await delay(dice.below(MAX_LIFE_MS))
      await (serving = restart())
    }
  }
  const ended = loop()
  return {
    /** Resolves while, or as soon as, there is a server. */
    serving: () => serving,
    /** The last server has recovered what the one before it left. */
    stop: async () => {
      stopped = true
      await ended
      return kills
    },
  }
}

/** Commits and pushes to two branches of its own; what fails is left behind and goes with the next push. */
async function pushOften(agent: Actor, host: Host, serving: () => Promise<void>): Promise<Pushed[]> {
  const history: Pushed[] = []
  await agent.start('https://unused.test/')
  for (let n = 0; n < PUSHES_EACH; n++) {
    const commit = await agent.commit('a.txt', `${agent.name} ${n}\n`)
    await serving()
    const targets = branchesOf(agent.name).map((branch) => `main:refs/heads/${branch}`)
    const { code } = await agent.git('push', host.repoUrl, ...targets)
    history.push({ commit, acknowledged: code === 0 })
  }
  return history
}

function branchesOf(name: string): readonly string[] {
  return [name, `${name}-copy`]
}

async function expectHistory(host: Host, name: string, history: readonly Pushed[]): Promise<void> {
  const commits = history.map((push) => push.commit)
  const refs = await host.refs()
  const pushes = await host.pushes()
  for (const branch of branchesOf(name)) {
    const ref = `refs/heads/${branch}`
    const moves = pushes.flatMap(({ data }) => data.refs.filter((moved) => moved.ref === ref))
    const values = moves.map((moved) => moved.newOid as string)
    expect(moves.map((moved) => moved.oldOid)).toEqual(['0'.repeat(40), ...values].slice(0, moves.length))
    expect(values).toEqual(commits.filter((commit) => values.includes(commit)))
    expect(values).toEqual(
      expect.arrayContaining(history.filter((push) => push.acknowledged).map((push) => push.commit)),
    )
    expect(refs.get(ref)).toBe(values.at(-1))
  }
  const refsOfPushes = pushes.map(({ data }) => data.refs.map((moved) => moved.ref).sort())
  expect(refsOfPushes.filter(([first]) => first === `refs/heads/${name}`)).toEqual(
    refsOfPushes.filter((moved) => moved.some((ref) => ref.startsWith(`refs/heads/${name}`))),
  )
  for (const moved of refsOfPushes) expect(moved).toHaveLength(2)
}

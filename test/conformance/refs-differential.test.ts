/**
 * Whatever happens to the refs of a repository, we answer what git 2.39 would, byte for byte.
 * REFS_SEED and REFS_STEPS repeat or lengthen a run.
 */
import { expect, test } from 'vitest'
import type { ListedRef } from '../../src/git/refs/ref-snapshot.ts'
import { RefSnapshots } from '../../src/git/refs/ref-snapshots.ts'
import {
  writeReceivePackAdvertisement,
  writeUploadPackAdvertisement,
} from '../../src/git/wire/advertisement.ts'
import { parseLsRefsArgs, writeLsRefs } from '../../src/git/wire/ls-refs.ts'
import type { ObjectFormat } from '../../src/kernel/ids.ts'
import { AGENT, GitWriter } from '../support/git-writer.ts'
import { Dice } from '../support/dice.ts'

const SEED = Number(process.env['REFS_SEED'] ?? 20_251_120)
const STEPS = Number(process.env['REFS_STEPS'] ?? 60)
const NAMES = [
  'main',
  'a',
  'a/b',
  'a/b/c',
  'a-b',
  'a.b',
  'feature/x',
  'feature/y',
  'Z',
  'caf\xe9',
  'na\xc3\xafve',
  '~bad',
]
const SPACES = ['refs/heads/', 'refs/tags/', 'refs/notes/', 'refs/pull/1/', 'refs/remotes/origin/']
const ARGS = [
  ['peel', 'symrefs', 'unborn'],
  ['peel'],
  ['symrefs', 'ref-prefix HEAD', 'ref-prefix refs/heads/', 'ref-prefix refs/tags/'],
  ['peel', 'symrefs', 'ref-prefix refs/heads/a', 'ref-prefix refs/heads/a/', 'ref-prefix refs/p'],
  ['unborn', 'symrefs', 'ref-prefix H'],
  ['peel', 'ref-prefix refs/tags/a', 'ref-prefix refs/heads/f', 'ref-prefix nothing'],
]

class RandomWriter {
  readonly #dice: Dice
  readonly #writer: GitWriter
  readonly #commits: string[]
  readonly #tags: string[] = []

  constructor(writer: GitWriter, seed: number) {
    this.#dice = new Dice(seed)
    this.#writer = writer
    this.#commits = [1, 2, 3].map((n) => writer.commit(`commit ${n}`))
  }

  /** @returns what was done, for the message of a failing test */
  step(): string {
    const action = this.#dice.pick([
      'update', 'update', 'update', 'delete', 'delete', 'pack', 'tag', 'nested', 'symref', 'head', 'missing',
      'broken', 'repack', 'commit',
    ] as const) // prettier-ignore
    this[`_${action}`]()
    return action
  }

  #name(): string {
    return this.#dice.pick(SPACES) + this.#dice.pick(NAMES)
  }

  #oid(): string {
    return this.#dice.pick([...this.#commits, ...this.#tags])
  }

  #updateRef(command: string): void {
    this.#writer.tryGit(['update-ref', '--stdin'], Buffer.from(`${command}\n`, 'latin1'))
  }

  _update() {
    this.#updateRef(`update ${this.#name()} ${this.#oid()}`)
  }
  _delete() {
    this.#updateRef(`delete ${this.#name()}`)
  }
  _pack() {
    this.#writer.tryGit(
      this.#dice.pick([['pack-refs', '--all'], ['pack-refs', '--all', '--no-prune'], ['pack-refs']]),
    )
  }
  _commit() {
    this.#commits.push(this.#writer.commit(`commit ${this.#dice.below(1e9)}`))
  }
  _tag() {
    const name = this.#dice.pick(NAMES)
    this.#tags.push(this.#writer.tagObject(this.#dice.pick(this.#commits), 'commit', name))
    this.#updateRef(`update refs/tags/${name} ${this.#tags.at(-1) as string}`)
  }
  _nested() {
    if (this.#tags.length === 0) return this._tag()
    this.#tags.push(
      this.#writer.tagObject(this.#dice.pick(this.#tags), 'tag', `nested${this.#dice.below(1e9)}`),
    )
    this.#updateRef(`update refs/tags/${this.#dice.pick(NAMES)} ${this.#tags.at(-1) as string}`)
  }
  _symref() {
    this.#writer.tryGit([
      'symbolic-ref',
      `${this.#dice.pick(SPACES)}sym${this.#dice.below(3)}`,
      this.#target(),
    ])
  }
  _head() {
    if (this.#dice.below(3) > 0) this.#writer.tryGit(['symbolic-ref', 'HEAD', this.#target()])
    else this.#writer.tryGit(['update-ref', '--no-deref', 'HEAD', this.#dice.pick(this.#commits)])
  }
  _missing() {
    const oid = this.#oid().replace(/.{4}$/, 'beef')
    try {
      this.#writer.placeRef(`refs/pull/${this.#dice.below(3)}/head`, `${oid}\n`)
    } catch {
      // a directory stands there
    }
  }
  _broken() {
    const content = this.#dice.pick([
      '',
      'ref: refs/heads/..\n',
      'rubbish\n',
      `${'0'.repeat(64)}\n`,
      'ref:refs/heads/main',
    ])
    this.#writer.placeRef(`refs/heads/broken${this.#dice.below(2)}`, content)
  }
  _repack() {
    this.#writer.tryGit([
      'repack',
      '-q',
      '-a',
      '-d',
      '-k',
      ...(this.#dice.below(2) ? ['-f', '--depth=50'] : []),
    ])
  }

  #target(): string {
    return this.#dice.below(4) === 0
      ? `${this.#dice.pick(SPACES)}sym${this.#dice.below(3)}`
      : `refs/heads/${this.#dice.pick(['main', 'a', 'feature/x', 'nowhere'])}`
  }
}

test.each<[ObjectFormat, number]>([
  ['sha1', STEPS],
  ['sha256', Math.ceil(STEPS / 3)],
])('after each of many random steps all answers are those of git (%s)', async (format, steps) => {
  using writer = new GitWriter(format)
  const random = new RandomWriter(writer, SEED)
  const snapshots = new RefSnapshots({ maxBytes: 1 << 24 })
  for (let step = 0; step < steps; step++) {
    const done = `seed ${SEED}, step ${step}: ${random.step()}`
    await compareAll(writer, snapshots, step, done)
  }
})

/** Five answers after each step: 400 in a run of the default length. */
async function compareAll(
  writer: GitWriter,
  snapshots: RefSnapshots,
  step: number,
  done: string,
): Promise<void> {
  const offer = { objectFormat: writer.repo.objectFormat, agent: AGENT, hidden: [] }
  const asked = [ARGS[0], ARGS[1 + (step % (ARGS.length - 1))]] as string[][]
  for (const args of asked) {
    const ours = writeLsRefs(await snapshots.get(writer.repo), parseLsRefsArgs(args), [])
    expect(ours.toString('latin1'), `${done}, ls-refs ${args.join(' ')}`).toBe(
      writer.lsRefs(args).toString('latin1'),
    )
  }
  const version = step % 2 === 0 ? 0 : 1
  const fetch = writeUploadPackAdvertisement({
    ...offer,
    version,
    snapshot: await snapshots.get(writer.repo),
  })
  expect(withoutNoRefs(fetch), `${done}, upload-pack`).toBe(
    writer.advertise('upload-pack', version).toString('latin1'),
  )
  const push = writeReceivePackAdvertisement({ ...offer, snapshot: await snapshots.get(writer.repo) })
  expect(push.toString('latin1'), `${done}, receive-pack`).toBe(
    writer.advertise('receive-pack', 0).toString('latin1'),
  )
  const shown = (await snapshots.get(writer.repo)).list({ prefixes: [], hidden: [] })
  expect([...shown].map(asLine), `${done}, list`).toEqual(refsIn(writer.lsRefs(['peel'])))
}

/** git 2.39 says nothing at all about an empty repository here; see the unit test for what we say. */
function withoutNoRefs(advertisement: Buffer): string {
  return advertisement.toString('latin1').replace(/[0-9a-f]{4}(?:0{40}|0{64}) capabilities\^\{\}\0.*\n/, '')
}

function asLine({ oid, name, peeled }: ListedRef): string {
  return `${oid} ${name}${peeled === null ? '' : ` peeled:${peeled}`}`
}

/** Lines of an ls-refs answer that `list` has as well: without HEAD, broken refs, and names that are not UTF-8. */
function refsIn(answer: Buffer): string[] {
  const lines = answer.toString('utf8').split('\n').slice(0, -1)
  return lines.map((line) => line.slice(4)).filter((line) => !/ HEAD|\ufffd|^0+ /.test(line))
}

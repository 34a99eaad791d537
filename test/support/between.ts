/** Stands between the door and its ports, so that a story can slow a step down or let it fail. */
import type { Composition } from '../../src/compose.ts'
import type { Quarantine } from '../../src/kernel/ports.ts'

/** `target` with some members replaced. The others run on `target` itself, private fields and all. */
export function overlay<T extends object>(target: T, changes: Partial<T>): T {
  return new Proxy(target, {
    get(_target, key) {
      if (Object.hasOwn(changes, key)) return Reflect.get(changes, key) as unknown
      const member: unknown = Reflect.get(target, key)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

/** Changes every quarantine that a push opens. */
export function aroundQuarantine(
  change: (real: Quarantine) => Partial<Quarantine>,
): NonNullable<Composition['between']> {
  return ({ store, intents }) => ({
    intents,
    store: overlay(store, {
      openQuarantine: (repo) => {
        const real = store.openQuarantine(repo)
        return overlay(real, change(real))
      },
    }),
  })
}

/** Something that has happened, or will; whoever waits for it goes on when it does. */
export interface Happening<T = void> {
  readonly happened: Promise<T>
  readonly happen: (value: T) => void
}

export function happening<T = void>(): Happening<T> {
  let happen: (value: T) => void = () => {}
  const happened = new Promise<T>((resolve) => {
    happen = resolve
  })
  return { happened, happen }
}

/** Holds the first push that is about to start a git, and has its place among them, until the story goes on. */
export function firstGitWaits(): ReturnType<typeof firstPackWaits> {
  const [arrived, goOn] = [happening(), happening()]
  let gits = 0
  const between = aroundQuarantine((real) => ({
    beforeEachGit: (ready) =>
      real.beforeEachGit(async () => {
        await ready()
        if (gits++ > 0) return
        arrived.happen()
        await goOn.happened
      }),
  }))
  return { between, arrived, goOn }
}

/** Holds the first pack that arrives until the story goes on. */
export function firstPackWaits(): {
  between: NonNullable<Composition['between']>
  arrived: Happening
  goOn: Happening
} {
  const [arrived, goOn] = [happening(), happening()]
  let packs = 0
  const between = aroundQuarantine((real) => ({
    receive: async (pack, opts) => {
      if (packs++ === 0) {
        arrived.happen()
        await goOn.happened
      }
      await real.receive(pack, opts)
    },
  }))
  return { between, arrived, goOn }
}

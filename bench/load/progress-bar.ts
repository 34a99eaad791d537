/** How far a load has come: a bar on a terminal, a line a level elsewhere. */
import type { WriteStream } from 'node:tty'

export interface ProgressBar extends Disposable {
  /** A level begins. */
  begin(what: string): void
}

const WIDTH = 24
const EVERY_MS = 200

/** @param stream standard error; @param levels all in all; @param levelMs of each */
export function openProgressBar(
  stream: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean },
  levels: number,
  levelMs: number,
): ProgressBar {
  let level = 0
  let shown = ''
  let begun = performance.now()
  const draw = () => {
    const within = Math.min(1, (performance.now() - begun) / levelMs)
    stream.write(`\r\x1b[K${bar((level - 1 + within) / levels)} ${shown}`)
  }
  const timer = stream.isTTY === true ? setInterval(draw, EVERY_MS) : null
  return {
    begin: (what) => {
      level++
      shown = what
      begun = performance.now()
      if (timer === null) stream.write(`bench:load: ${level} of ${levels}: ${what}\n`)
    },
    [Symbol.dispose]: () => {
      if (timer === null) return
      clearInterval(timer)
      stream.write('\r\x1b[K')
    },
  }
}

/** `[######        ] 25 %` */
export function bar(share: number): string {
  const done = Math.round(share * WIDTH)
  return `[${'#'.repeat(done)}${' '.repeat(WIDTH - done)}] ${Math.floor(100 * share)} %`
}

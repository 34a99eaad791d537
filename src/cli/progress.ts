/** A sign of life on stderr while something takes long; nothing where nobody looks. */
import type { WriteStream } from 'node:tty'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80
/** What is quicker than that shows nothing. */
const PATIENCE_MS = 400
const CLEAR_LINE = '\r\x1b[2K'

export interface Progress {
  /** What is going on now. */
  say(text: string): void
}

/** @param terminal where signs go; its line is cleared at the end, also after a failure */
export async function withProgress<T>(
  terminal: WriteStream,
  text: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  let said = text
  const say = (next: string) => {
    said = next
  }
  if (!terminal.isTTY) return work({ say })
  const startedAt = performance.now()
  let frame = 0
  const timer = setInterval(() => {
    if (performance.now() - startedAt < PATIENCE_MS) return
    terminal.write(`${CLEAR_LINE}${FRAMES[frame++ % FRAMES.length]} ${said}`)
  }, FRAME_MS)
  const clear = () => {
    if (frame > 0) terminal.write(CLEAR_LINE)
  }
  process.once('exit', clear) // Ctrl-C
  try {
    return await work({ say })
  } finally {
    clearInterval(timer)
    process.off('exit', clear)
    clear()
  }
}

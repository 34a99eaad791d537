/** Where a command runs: its environment and its three streams. The only place that looks at `process` for them. */
import type { ReadStream, WriteStream } from 'node:tty'
import { createColors } from 'picocolors'

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
}

export type Colors = ReturnType<typeof createColors>

export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process
  return { env, stdin, stdout, stderr }
}

/** Plain where nobody looks at it. @see https://no-color.org */
export function colorsFor({ env }: Terminal, stream: WriteStream): Colors {
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  return createColors(stream.isTTY === true && !plain)
}

/** Can somebody be asked? */
export function isInteractive({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}

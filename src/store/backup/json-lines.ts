/** Files with a JSON value a line. A line ends at a line feed and nowhere else, unlike those of node:readline. */
import { createReadStream } from 'node:fs'

/** @throws Error of the file system; SyntaxError */
export async function* readJsonLines<T>(path: string): AsyncGenerator<T> {
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as T
  }
}

export function toJsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

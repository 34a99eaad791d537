/** Output of git in records, which a newline or a NUL ends. */

/** As they come, many at a time. */
export async function* recordsOf(
  output: AsyncIterable<Buffer>,
  end: '\n' | '\0',
): AsyncGenerator<readonly string[]> {
  const byte = end.charCodeAt(0)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of output) {
    const to = chunk.lastIndexOf(byte)
    if (to < 0) {
      rest = Buffer.concat([rest, chunk])
      continue
    }
    yield Buffer.concat([rest, chunk.subarray(0, to)])
      .toString('utf8')
      .split(end)
    rest = Buffer.from(chunk.subarray(to + 1))
  }
  if (rest.length > 0) yield [rest.toString('utf8')]
}

/** All of them, of an output that is not long. */
export async function records(output: AsyncIterable<Buffer>, end: '\n' | '\0'): Promise<readonly string[]> {
  const all: string[] = []
  for await (const some of recordsOf(output, end)) all.push(...some)
  return all
}

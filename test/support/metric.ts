/** One value of a server's `/metrics`. */

/** @param sample name, and labels if it has any, as they are written. @throws Error when there is none */
export async function metric(url: string, sample: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `))
  if (line === undefined) throw new Error(`/metrics has no ${sample}`)
  return Number(line.slice(sample.length))
}

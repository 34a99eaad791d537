/** Pull requests of the branches that inputs/topics.ts prepares. */
import { topicName } from '../inputs/topics.ts'
import { parseAnswer, type RestClient } from './rest-client.ts'

/** @returns the number of each, in the order of its topic */
export async function openPulls(client: RestClient, count: number): Promise<number[]> {
  const numbers: number[] = []
  for (let at = 0; at < count; at++) {
    const pull = { sourceBranch: topicName(at), targetBranch: 'main', title: `topic ${at}` }
    numbers.push(parseAnswer<{ number: number }>(await client.post('/pulls', pull)).number)
  }
  return numbers
}

/** @returns the new head of the target */
export function mergePull(client: RestClient, number: number): Promise<string> {
  return landPull(client, number, 'merge')
}

/** @returns the new head of the target */
export async function landPull(
  client: RestClient,
  number: number,
  strategy: 'merge' | 'rebase',
): Promise<string> {
  const answer = await client.post(`/pulls/${number}/merge`, { strategy })
  return parseAnswer<{ mergeCommitSha: string }>(answer).mergeCommitSha
}

/** @throws Error when the answer is anything but that it can be merged */
export async function checkClean(client: RestClient, number: number): Promise<void> {
  const answer = await client.get(`/pulls/${number}/mergeability`)
  const { mergeability } = parseAnswer<{ mergeability: string }>(answer)
  if (mergeability !== 'clean') throw new Error(`pull request ${number} is ${mergeability}`)
}
